package lake

import "github.com/ownlake/ownlake/errs"

// Error codes of the ADLS Gen2 and Blob REST APIs that stores answer. The wire layer maps each to its HTTP
// status.
const (
	CodeFilesystemNotFound      errs.Code = "FilesystemNotFound"      // NotFound
	CodeFilesystemAlreadyExists errs.Code = "FilesystemAlreadyExists" // Exists
	CodePathNotFound            errs.Code = "PathNotFound"            // NotFound
	CodePathAlreadyExists       errs.Code = "PathAlreadyExists"       // Exists
	CodePathConflict            errs.Code = "PathConflict"            // Conflict: file where a directory is needed or the reverse
	CodeResourceTypeMismatch    errs.Code = "ResourceTypeMismatch"    // Conflict: a directory where a file is needed
	CodeSourcePathNotFound      errs.Code = "SourcePathNotFound"      // NotFound
	CodeInvalidRenameSourcePath errs.Code = "InvalidRenameSourcePath" // Conflict
	// NotFound: rename does not make directories.
	CodeRenameDestinationParentPathNotFound errs.Code = "RenameDestinationParentPathNotFound"
	CodeDirectoryNotEmpty                   errs.Code = "DirectoryNotEmpty"                  // Conflict
	CodeConditionNotMet                     errs.Code = "ConditionNotMet"                    // Precondition
	CodeSourceConditionNotMet               errs.Code = "SourceConditionNotMet"              // Precondition
	CodeInvalidRange                        errs.Code = "InvalidRange"                       // Invalid
	CodeInvalidFlushPosition                errs.Code = "InvalidFlushPosition"               // Invalid
	CodeInvalidBlockList                    errs.Code = "InvalidBlockList"                   // Invalid
	CodeInvalidBlobOrBlock                  errs.Code = "InvalidBlobOrBlock"                 // Invalid: block ids of unequal length
	CodeInvalidResourceName                 errs.Code = "InvalidResourceName"                // Invalid
	CodeInvalidURI                          errs.Code = "InvalidUri"                         // Invalid
	CodeInvalidACL                          errs.Code = "InvalidAcl"                         // Invalid
	CodeInvalidPermission                   errs.Code = "InvalidPermission"                  // Invalid
	CodeInvalidInput                        errs.Code = "InvalidInput"                       // Invalid
	CodeMD5Mismatch                         errs.Code = "Md5Mismatch"                        // Invalid
	CodeInvalidTagExpression                errs.Code = "InvalidQueryParameterValue"         // Invalid
	CodeInvalidTags                         errs.Code = "InvalidTags"                        // Invalid
	CodeTagsTooLarge                        errs.Code = "TagsTooLarge"                       // Invalid
	CodeInvalidBlobType                     errs.Code = "InvalidBlobType"                    // Conflict
	CodeBlobArchived                        errs.Code = "BlobArchived"                       // Conflict
	CodeBlobIsSealed                        errs.Code = "BlobIsSealed"                       // Conflict
	CodeBlockCountExceedsLimit              errs.Code = "BlockCountExceedsLimit"             // Conflict
	CodeAppendPositionConditionNotMet       errs.Code = "AppendPositionConditionNotMet"      // Precondition
	CodeMaxBlobSizeConditionNotMet          errs.Code = "MaxBlobSizeConditionNotMet"         // Precondition
	CodeSnapshotsPresent                    errs.Code = "SnapshotsPresent"                   // Conflict
	CodeLeaseAlreadyPresent                 errs.Code = "LeaseAlreadyPresent"                // Conflict
	CodeLeaseIDMismatchWithLease            errs.Code = "LeaseIdMismatchWithLeaseOperation"  // Conflict
	CodeLeaseNotPresentWithLease            errs.Code = "LeaseNotPresentWithLeaseOperation"  // Conflict
	CodeLeaseIsBreakingAndCannotBeAcquired  errs.Code = "LeaseIsBreakingAndCannotBeAcquired" // Conflict
	CodeLeaseIsBreakingAndCannotBeChanged   errs.Code = "LeaseIsBreakingAndCannotBeChanged"  // Conflict
	CodeLeaseIsBrokenAndCannotBeRenewed     errs.Code = "LeaseIsBrokenAndCannotBeRenewed"    // Conflict
	CodeLeaseIDMissing                      errs.Code = "LeaseIdMissing"                     // Precondition
	CodeLeaseIDMismatch                     errs.Code = "LeaseIdMismatchWithBlobOperation"   // Precondition
	CodeLeaseNotPresent                     errs.Code = "LeaseNotPresentWithBlobOperation"   // Precondition
	CodeLeaseLost                           errs.Code = "LeaseLost"                          // Precondition
	CodeInsufficientStorage                 errs.Code = "InsufficientStorage"                // Unavailable: the disk is full
)
