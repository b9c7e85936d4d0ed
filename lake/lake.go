// Package lake is the storage contract of ownlake: accounts, filesystems (containers), paths and what can be
// done with them, in the words of the ADLS Gen2 REST API.
//
// [Store] is the contract; lake/localstore implements it on local disk and lake/azurestore on an ADLS Gen2
// account over HTTP. Both pass lake/storetest. The package does not know HTTP, SQL or customer data.
package lake

import (
	"context"
	"io"
	"time"

	"github.com/ownlake/ownlake/access"
)

// Store is one ADLS Gen2 account with a hierarchical namespace. Implementations are safe for concurrent use.
//
// Errors are of type *errs.Error with a kind and, as their code, the error code of the REST API, such as
// "FilesystemNotFound", "PathNotFound", "PathAlreadyExists", "ConditionNotMet", "DirectoryNotEmpty" (see
// codes.go). A mutating call that returned nil is durable: it survives kill -9 and power loss. A call that
// returned an error changed nothing, or (over a network, kind Unavailable) may have been carried out.
// Of the properties that a mutating call returns, Path, ETag and LastModified are always told; ask
// [Store.Properties] for the rest, which a store at the other end of a connection does not know.
// Cancelling the context ends a call early with kind Canceled.
type Store interface {
	// Account describes the account. It is a real call: it fails with Unavailable where the account cannot
	// be reached and with Unauthorized where the credentials are refused.
	Account(ctx context.Context) (AccountProperties, error)

	CreateFilesystem(ctx context.Context, fs Filesystem, o CreateFilesystemOptions) (FilesystemProperties, error)
	FilesystemProperties(ctx context.Context, fs Filesystem) (FilesystemProperties, error)
	SetFilesystemMetadata(ctx context.Context, fs Filesystem, m Metadata, c Conditions) (FilesystemProperties, error)
	DeleteFilesystem(ctx context.Context, fs Filesystem, c Conditions) error
	ListFilesystems(ctx context.Context, o ListFilesystemsOptions) (FilesystemPage, error)

	// Create makes an empty file or a directory, with missing parent directories. An existing file is
	// emptied, an existing directory kept (the properties of both replaced), unless o.Conditions forbid; owner, group and
	// list of what exists stay where the options name none, and permissions change only what the creator owns;
	// a file does not replace a directory, nor a directory a file (PathConflict, kind Conflict).
	Create(ctx context.Context, fs Filesystem, p Path, o CreateOptions) (Properties, error)
	// Append stages bytes at a position; they become readable, and durable, by Flush: a restart of the store may
	// drop what was not flushed. Order does not matter. A position
	// below the flushed length is refused (InvalidFlushPosition is for Flush; Append: InvalidRange).
	Append(ctx context.Context, fs Filesystem, p Path, position int64, r io.Reader, o AppendOptions) error
	// Flush commits the file with length position. The staged bytes must cover [flushed length, position)
	// without a gap (InvalidFlushPosition otherwise).
	Flush(ctx context.Context, fs Filesystem, p Path, position int64, o FlushOptions) (Properties, error)
	// Read opens a file's committed content. The caller closes Content.Body. The content stays the same
	// while open, whatever others write.
	Read(ctx context.Context, fs Filesystem, p Path, o ReadOptions) (Content, error)
	// Properties describes a path. The root directory is the empty path.
	Properties(ctx context.Context, fs Filesystem, p Path, c Conditions) (Properties, error)
	// SetProperties replaces content headers and metadata where the update names them.
	SetProperties(ctx context.Context, fs Filesystem, p Path, u PropertyUpdate, c Conditions) (Properties, error)
	// List returns one page of the entries below a directory, in the order of their full names, byte by byte
	// within each directory. Continuation tokens stay valid while others write.
	List(ctx context.Context, fs Filesystem, dir Path, o ListOptions) (Page, error)
	// Rename moves a file or directory, atomically, over an existing file or an empty directory unless the
	// conditions forbid. Directories move in constant time. Moving a directory into itself is refused.
	Rename(ctx context.Context, src, dst Location, o RenameOptions) (Properties, error)
	// Delete removes a file or a directory. A directory that is not empty needs o.Recursive
	// (DirectoryNotEmpty otherwise). The root cannot be deleted.
	Delete(ctx context.Context, fs Filesystem, p Path, o DeleteOptions) error

	AccessControl(ctx context.Context, fs Filesystem, p Path, c Conditions) (AccessControl, error)
	// SetAccessControl changes owner, group, permissions or the ACL where the update names them.
	SetAccessControl(ctx context.Context, fs Filesystem, p Path, u AccessControlUpdate, c Conditions) (Properties, error)

	// PutBlob replaces a file's whole content in one atomic step, creating it and its parents.
	PutBlob(ctx context.Context, fs Filesystem, p Path, r io.Reader, o PutBlobOptions) (Properties, error)
	// PutBlock stages one block under an id (base64 text, all ids of a blob of one length ≤ 64 bytes decoded).
	PutBlock(ctx context.Context, fs Filesystem, p Path, id BlockID, r io.Reader, o PutBlockOptions) error
	// PutBlockList commits the blocks in the order given as the file's content. An unknown id is
	// InvalidBlockList. Uncommitted blocks that the list leaves out are discarded.
	PutBlockList(ctx context.Context, fs Filesystem, p Path, blocks []BlockRef, o PutBlobOptions) (Properties, error)
	// BlockList returns the committed and the uncommitted blocks.
	BlockList(ctx context.Context, fs Filesystem, p Path) (BlockList, error)

	// Close releases what the store holds. It does not interrupt calls under way; they must have ended.
	Close() error
}

// LocalFiles is implemented by stores whose committed files an engine of the same process can open by path,
// without a copy.
type LocalFiles interface {
	// LocalFile returns a path of the local file system that holds exactly the committed content that
	// p has now. The file must not be written. It stays until release is called, even if p is replaced
	// or deleted meanwhile.
	LocalFile(ctx context.Context, fs Filesystem, p Path) (localPath string, release func(), err error)
	// AdoptFile makes the local file the content of p as [Store.PutBlob] would, by moving it into the store
	// where it lies on the same device and by copying it otherwise. The local file is gone afterwards.
	AdoptFile(ctx context.Context, fs Filesystem, p Path, localPath string, o PutBlobOptions) (Properties, error)
}

// AccountProperties describes an account.
type AccountProperties struct {
	Name string
	// Region is the cloud's name of the account's region, such as "westeurope"; "" where the way of
	// connecting cannot tell (an account key against Azure).
	Region string
	// HierarchicalNamespace says whether the account is Gen2 with a hierarchical namespace.
	HierarchicalNamespace bool
	Kind                  string // such as "StorageV2"
	SKU                   string // such as "Standard_LRS"
	// Endpoint is the dfs endpoint that outside readers use, without a trailing slash: host-style
	// "https://acct.dfs.core.windows.net" or path-style "https://127.0.0.1:10005/devstoreaccount1".
	// model.json locations start with it.
	Endpoint string
}

// Metadata is what users attach to a filesystem or path: names in the case they were sent, compared without
// regard to case.
type Metadata map[string]string

// ETag is an opaque version, without quotes, such as "0x8DCF1F2A3B4C5D6".
type ETag string

// AnyETag stands for any existing version in conditions ("*").
const AnyETag ETag = "*"

// Conditions must hold for a call to be carried out (ConditionNotMet, kind Precondition, otherwise). Zero
// fields ask nothing. IfMatch AnyETag: must exist. IfNoneMatch AnyETag: must not exist (on create, rename
// and Put Blob the code is then PathAlreadyExists or BlobAlreadyExists, kind Exists).
// ETags are compared without quotes.
type Conditions struct {
	IfMatch, IfNoneMatch               ETag
	IfModifiedSince, IfUnmodifiedSince time.Time
	// LeaseID is the lease that the caller has; "" for none. Only a [Service] looks at it: it lets a caller without the
	// lease read, and neither write nor delete.
	LeaseID LeaseID
	// IfTags must match the blob's index tags; nil asks nothing. Only a [Service] looks at it.
	IfTags *TagExpression
}

// CreateFilesystemOptions are the options of [Store.CreateFilesystem].
type CreateFilesystemOptions struct {
	Metadata     Metadata
	PublicAccess PublicAccess
	Creator      access.ObjectID  // owner and owning group of the root directory; "" means Superuser
	Encryption   EncryptionPolicy // of a [Service] alone
}

// FilesystemProperties describes a filesystem.
type FilesystemProperties struct {
	Name         Filesystem
	ETag         ETag
	LastModified time.Time
	Metadata     Metadata
	PublicAccess PublicAccess
	Lease        LeaseStatus      // of a [Service] alone
	Deleted      *Deletion        // nil for what is there
	Encryption   EncryptionPolicy // of a [Service] alone
}

// ListFilesystemsOptions choose a page of filesystems. MaxResults 0 means 5,000, the largest page.
type ListFilesystemsOptions struct {
	// Deleted asks for deleted filesystems, too: they come before one that has their name. Only a [Service] looks at it.
	Deleted      bool
	Prefix       string
	Continuation string
	MaxResults   int
}

// FilesystemPage is a page of filesystems in the order of their names; Continuation is "" on the last.
type FilesystemPage struct {
	Filesystems  []FilesystemProperties
	Continuation string
}

// ContentHeaders are the HTTP headers stored with a file and sent with its content.
type ContentHeaders struct {
	ContentType        string
	ContentEncoding    string
	ContentLanguage    string
	ContentDisposition string
	CacheControl       string
	ContentMD5         []byte // 16 bytes, as the writer gave it; nil if none
}

// Properties describes a path.
type Properties struct {
	Path         Path
	IsDirectory  bool
	Size         int64 // bytes committed; 0 for directories
	ETag         ETag
	LastModified time.Time
	CreatedOn    time.Time
	Owner, Group access.ObjectID
	// Permissions is the symbolic form of owner, mask or group, other, such as "rwxr-x---", with "+" at the
	// end where the ACL has named entries and "t" for the sticky bit.
	Permissions string
	Headers     ContentHeaders
	Metadata    Metadata
	Blob        BlobType
	// Details are nil for directories, for a file that has nothing of them, and from a store that does not tell them.
	Details *BlobDetails
	Lease   LeaseStatus // of a [Service] alone
	// HasSnapshots says that snapshots of the file were taken; they may be deleted since. See [Snapshots].
	HasSnapshots bool
}

// BlobType says how a file was written.
type BlobType string

// The types that the lake knows. Files made on the dfs endpoint are block blobs.
const (
	BlockBlob  BlobType = "BlockBlob"
	AppendBlob BlobType = "AppendBlob"
)

// CreateOptions are the options of [Store.Create].
type CreateOptions struct {
	IsDirectory bool
	Headers     ContentHeaders
	Metadata    Metadata
	// Permissions are octal ("0750") or symbolic ("rwxr-x---"); "" means 0777 for directories and 0666 for
	// files. Umask is octal; "" means 0027 (reference BYOL section 5). Both are ignored where the parent has
	// a default ACL.
	Permissions, Umask string
	Creator            access.ObjectID // who owns what is made, missing parents among it; "" means Superuser
	Owner, Group       access.ObjectID // "" means the creator, and the parent's group
	ACL                access.ACL      // replaces the inherited list; nil inherits
	Expiry             Expiry          // of files; see [BlobService]
	EncryptionScope    EncryptionScope // of files; "" means the filesystem's
	Lease              *LeaseRequest   // an acquisition, of what is made; see [Leases]
	Conditions         Conditions
}

// AppendOptions are the options of [Store.Append]. ContentMD5, if given, must be that of the bytes sent
// (Md5Mismatch otherwise).
type AppendOptions struct {
	LeaseID    LeaseID // see [Conditions]
	ContentMD5 []byte
}

// FlushOptions are the options of [Store.Flush]. Nil headers leave them as they are.
type FlushOptions struct {
	RetainUncommittedData bool
	Headers               *ContentHeaders
	Conditions            Conditions
}

// ReadOptions choose a range. Count 0 reads to the end; an Offset at or past the end of a file that is not
// empty is InvalidRange.
type ReadOptions struct {
	Snapshot      SnapshotID // "" for the file itself; see [Snapshots]
	Offset, Count int64
	Conditions    Conditions
}

// Content is an open file. Offset and Length say which bytes Body yields.
type Content struct {
	Properties     Properties
	Offset, Length int64
	Body           io.ReadCloser
}

// PropertyUpdate names what to replace; nil leaves it.
type PropertyUpdate struct {
	Headers  *ContentHeaders
	Metadata *Metadata
}

// ListOptions choose a page. MaxResults 0 means 5,000, the largest page.
type ListOptions struct {
	Recursive    bool
	Continuation string
	MaxResults   int
	// Prefix keeps only entries whose full path starts with it. With Recursive it is how the blob endpoint
	// lists flat.
	Prefix string
	// StartAfter, with Recursive unset and no Continuation, keeps only entries whose full path sorts after
	// it, byte by byte; it need not name an existing path. Unlike a continuation it can be made up, so the
	// blob endpoint resumes by it in any directory on its way.
	StartAfter string
	// BeginFrom, without a Continuation, keeps only entries that come at or after this path in the order of the
	// listing; it need not name an existing path, and lies below the directory listed.
	BeginFrom Path
}

// Page is a page of entries; Continuation is "" on the last.
type Page struct {
	Entries      []Properties
	Continuation string
}

// Location is a path within a filesystem of the account.
type Location struct {
	Filesystem Filesystem
	Path       Path
}

// RenameOptions are the options of [Store.Rename]; Source applies to the source, Conditions to the target.
type RenameOptions struct {
	Source, Conditions Conditions
	Headers            *ContentHeaders
	Metadata           *Metadata
}

// DeleteOptions are the options of [Store.Delete].
type DeleteOptions struct {
	Snapshots  bool // delete a file's snapshots with it; see [Snapshots]
	Recursive  bool
	Conditions Conditions
}

// AccessControl is a path's owner, group and list.
type AccessControl struct {
	Properties Properties // Owner, Group and Permissions among them
	ACL        access.ACL
}

// AccessControlUpdate names what to change; zero fields leave it. ACL and Permissions exclude each other
// (InvalidInput).
type AccessControlUpdate struct {
	Owner, Group access.ObjectID
	Permissions  string
	ACL          access.ACL
}

// PutBlobOptions are the options of [Store.PutBlob], [Store.PutBlockList] and [LocalFiles.AdoptFile].
type PutBlobOptions struct {
	Headers    ContentHeaders
	Metadata   Metadata
	Conditions Conditions
	// ContentMD5, if given, must be that of the bytes sent (Md5Mismatch otherwise).
	ContentMD5 []byte
	// ComputeMD5, where Headers has no ContentMD5, stores that of the bytes sent. Only [Store.PutBlob] knows it, and
	// a store whose service does so unasked need not look.
	ComputeMD5 bool
	// Creator owns a file that was not there, and the missing parents that are made for it; "" means Superuser.
	Creator access.ObjectID
	// Details are what the new file has from the start, see [BlobService]; a store without that ignores them.
	Details *BlobDetails
}

// PutBlockOptions are the options of [Store.PutBlock].
type PutBlockOptions struct {
	LeaseID LeaseID // see [Conditions]
}

// BlockID is a block's id, decoded from base64.
type BlockID string

// BlockSource says where Put Block List looks for a block.
type BlockSource uint8

// The block sources.
const (
	Latest BlockSource = iota
	Committed
	Uncommitted
)

// BlockRef is one line of a block list to commit.
type BlockRef struct {
	ID     BlockID
	Source BlockSource
}

// Block is one staged or committed block.
type Block struct {
	ID   BlockID
	Size int64
}

// BlockList holds a blob's blocks. Properties is nil if nothing was committed.
type BlockList struct {
	Properties             *Properties
	Committed, Uncommitted []Block
}
