// Package microsoft reaches a tenant by Microsoft's protocols: its [Directory] by Microsoft Graph v1.0. A [Cloud] says where
// that is: Microsoft's, or the tenant in the box, which answers the same requests.
//
// It knows requests, pages, retries and error codes, and turns the latter into kinds. It does not know in which order
// things are done nor why. Tokens come from a credential ([EnvironmentCredential], [CLICredential],
// [DeviceCodeCredential]) and are sent to the addresses of the cloud only.
package microsoft
