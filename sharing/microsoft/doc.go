// Package microsoft reaches a tenant and a storage account by Microsoft's protocols: Microsoft Graph v1.0 ([Directory]),
// Azure Resource Manager ([Manager]) and the Data Lake endpoint of one container ([Lake]), which are what package sharing
// asks for. A [Cloud] says where they are: Microsoft's, or the tenant in the box, which answers the same requests.
//
// [Connect] gives package sharing all of it. A Lake acts as its credential's principal, too, for a proof.
//
// It knows requests, pages, retries and error codes, and turns the latter into kinds. It does not know in which order
// things are done nor why. Tokens come from a credential ([EnvironmentCredential], [CLICredential],
// [DeviceCodeCredential]) and are sent to the addresses of the cloud only.
package microsoft
