package wire

import (
	"strconv"
	"strings"

	"github.com/ownlake/ownlake/lake"
)

// PathList is the body of List Paths.
type PathList struct {
	Paths []PathItem `json:"paths"`
}

// PathItem is one entry of List Paths. The service writes numbers and booleans as strings, isDirectory only where it is
// true, and EncryptionScope in this case (as its SDKs read it).
type PathItem struct {
	ContentLength   string `json:"contentLength"`
	CreationTime    string `json:"creationTime"`
	ETag            string `json:"etag"`
	EncryptionScope string `json:"EncryptionScope,omitempty"`
	ExpiryTime      string `json:"expiryTime,omitempty"`
	Group           string `json:"group"`
	IsDirectory     string `json:"isDirectory,omitempty"`
	LastModified    string `json:"lastModified"`
	Name            string `json:"name"`
	Owner           string `json:"owner"`
	Permissions     string `json:"permissions"`
}

// NewPathItem describes a path for List Paths.
func NewPathItem(p lake.Properties) PathItem {
	item := PathItem{
		ContentLength: strconv.FormatInt(p.Size, 10),
		CreationTime:  strconv.FormatInt(FileTime(p.CreatedOn), 10),
		ETag:          string(p.ETag),
		Group:         string(p.Group),
		LastModified:  FormatDate(p.LastModified),
		Name:          string(p.Path),
		Owner:         string(p.Owner),
		Permissions:   p.Permissions,
	}
	if d := p.Details; d != nil {
		item.EncryptionScope = string(d.EncryptionScope)
		if !d.ExpiresOn.IsZero() {
			item.ExpiryTime = strconv.FormatInt(FileTime(d.ExpiresOn), 10)
		}
	}
	if p.IsDirectory {
		item.IsDirectory = "true"
	}
	return item
}

// FilesystemList is the body of List Filesystems.
type FilesystemList struct {
	Filesystems []FilesystemItem `json:"filesystems"`
}

// FilesystemItem is one entry of List Filesystems.
type FilesystemItem struct {
	ETag         string `json:"etag"`
	LastModified string `json:"lastModified"`
	Name         string `json:"name"`
}

// NewFilesystemItem describes a filesystem for List Filesystems.
func NewFilesystemItem(p lake.FilesystemProperties) FilesystemItem {
	return FilesystemItem{ETag: string(p.ETag), LastModified: FormatDate(p.LastModified), Name: string(p.Name)}
}

// AccessControlChanges is the body of a page of Set Access Control Recursive.
type AccessControlChanges struct {
	DirectoriesSuccessful int                   `json:"directoriesSuccessful"`
	FailedEntries         []AccessControlFailed `json:"failedEntries"`
	FailureCount          int                   `json:"failureCount"`
	FilesSuccessful       int                   `json:"filesSuccessful"`
}

// AccessControlFailed is one path whose list could not be changed.
type AccessControlFailed struct {
	ErrorMessage string `json:"errorMessage"`
	Name         string `json:"name"`
	Type         string `json:"type"` // DIRECTORY or FILE
}

// ParseBool reads a boolean parameter; anything but "true" in any case is false, as the service has it.
func ParseBool(s string) bool { return strings.EqualFold(s, "true") }
