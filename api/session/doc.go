// Package session keeps what a caller of the app can prove itself with: sessions of browsers, API tokens, and links that
// are good once.
//
// Of each of them it keeps a hash of the secret, so that what is on disk lets nobody in. The secrets have 256 bits, which
// nobody can guess, and so are hashed without salt and work. It knows nothing of HTTP and of roles.
package session
