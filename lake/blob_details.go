package lake

import (
	"context"
	"io"
	"time"
)

// BlobDetails are what few files have beside their [Properties].
type BlobDetails struct {
	// Tier is what a client chose; "" means Hot, inferred from the account. TierChanged says when.
	Tier        AccessTier
	TierChanged time.Time
	Tags        Tags
	// ExpiresOn is when the file ends to exist; the zero time means never.
	ExpiresOn time.Time
	// Append makes a file an append blob.
	Append *AppendState
	// Copy is the copy that made the file.
	Copy *Copy
	// EncryptionScope is what the file was made with; "" means [AccountEncryption].
	EncryptionScope EncryptionScope
}

// AccessTier is how a blob is stored and paid for: Hot, Cool, Cold or Archive. It is kept and shown; an archived
// blob cannot be read (BlobArchived, kind Conflict) until its tier is set again, which takes effect at once.
type AccessTier string

// The tiers.
const (
	Hot     AccessTier = "Hot"
	Cool    AccessTier = "Cool"
	Cold    AccessTier = "Cold"
	Archive AccessTier = "Archive"
)

// Tags are index tags of a blob: at most 10, with names of 1 to 128 and values of up to 256 characters.
type Tags map[string]string

// AppendState is what an append blob has and others do not.
type AppendState struct {
	Blocks int  // appended so far
	Sealed bool // nothing can be appended any more
}

// Copy says where a file's content came from, as Get Blob Properties tells it.
type Copy struct {
	ID          string
	Source      string // URL without a signature
	Bytes       int64
	CompletedOn time.Time
}

// BlobService is what the blob endpoint does beyond [Store].
type BlobService interface {
	// AppendBlock adds a block to the end of an append blob (InvalidBlobType, kind Conflict, for other files), and
	// returns the properties afterwards and the offset of the block. The block is durable and readable at once.
	AppendBlock(ctx context.Context, fs Filesystem, p Path, r io.Reader, o AppendBlockOptions) (Properties, int64, error)
	// SealAppendBlob makes an append blob read-only. Sealing it again changes nothing.
	SealAppendBlob(ctx context.Context, fs Filesystem, p Path, o AppendBlockOptions) (Properties, error)
	// SetTier changes neither ETag nor time.
	SetTier(ctx context.Context, fs Filesystem, p Path, tier AccessTier) error
	// SetTags replaces all tags. It changes neither ETag nor time.
	SetTags(ctx context.Context, fs Filesystem, p Path, tags Tags, c Conditions) error
	// SetExpiry lets a file end at a time; the zero time means never. A file that has ended is gone for every call,
	// and its space is reclaimed in the background. Directories do not expire (kind Invalid).
	SetExpiry(ctx context.Context, fs Filesystem, p Path, at Expiry, c Conditions) (Properties, error)
}

// Expiry is when a file ends: at a time, or so long after it was created or after now. Its zero value means never.
type Expiry struct {
	At            time.Time
	AfterCreation time.Duration
	FromNow       time.Duration
}

// AppendBlockOptions are the options of [BlobService.AppendBlock] and, but for the checksum and MaxSize, of
// [BlobService.SealAppendBlob].
type AppendBlockOptions struct {
	Conditions Conditions
	// ContentMD5, if given, must be that of the bytes sent (Md5Mismatch otherwise).
	ContentMD5 []byte
	// Position, if not nil, must be the blob's length before the call (AppendPositionConditionNotMet, kind
	// Precondition).
	Position *int64
	// MaxSize, if not nil, must not be exceeded by the blob's length after it (MaxBlobSizeConditionNotMet).
	MaxSize *int64
}

// MaxAppendBlocks is how many blocks an append blob can have (BlockCountExceedsLimit, kind Conflict).
const MaxAppendBlocks = 50_000

// Type is the blob type of a file with these details, which may be nil.
func (d *BlobDetails) Type() BlobType {
	if d != nil && d.Append != nil {
		return AppendBlob
	}
	return BlockBlob
}

// Scope is the encryption scope of a file with these details, which may be nil.
func (d *BlobDetails) Scope() EncryptionScope {
	if d == nil {
		return ""
	}
	return d.EncryptionScope
}

// AllTags are the tags of a file with these details, which may be nil.
func (d *BlobDetails) AllTags() Tags {
	if d == nil {
		return nil
	}
	return d.Tags
}
