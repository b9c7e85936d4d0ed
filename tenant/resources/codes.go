package resources

import (
	"fmt"

	"github.com/ownlake/ownlake/errs"
)

// Error codes of Resource Manager and its providers, as they are on the wire.
const (
	CodeAccountNameInvalid          errs.Code = "AccountNameInvalid"
	CodeStorageAccountAlreadyTaken  errs.Code = "StorageAccountAlreadyTaken"
	CodeStorageAccountInOtherGroup  errs.Code = "StorageAccountInAnotherResourceGroup"
	CodeAccountPropertyNotUpdatable errs.Code = "AccountPropertyCannotBeUpdated"
	CodeInvalidAccountType          errs.Code = "InvalidAccountType"
	CodeInvalidValues               errs.Code = "InvalidValuesForRequestParameters"
	CodeLocationNotValid            errs.Code = "LocationNotValid"
	CodeInvalidResourceLocation     errs.Code = "InvalidResourceLocation"
	CodeInvalidGroupLocation        errs.Code = "InvalidResourceGroupLocation"
	CodeGroupLocationNotAvailable   errs.Code = "LocationNotAvailableForResourceGroup"
	CodeInvalidGroupName            errs.Code = "InvalidResourceGroupName"
	CodeSubscriptionNotFound        errs.Code = "SubscriptionNotFound"
	CodeResourceGroupNotFound       errs.Code = "ResourceGroupNotFound"
	CodeResourceNotFound            errs.Code = "ResourceNotFound"
	CodeTooManyTags                 errs.Code = "TooManyTags"
	CodeRoleAssignmentExists        errs.Code = "RoleAssignmentExists"
	CodeRoleAssignmentNotFound      errs.Code = "RoleAssignmentNotFound"
	CodeRoleAssignmentUpdate        errs.Code = "RoleAssignmentUpdateNotPermitted"
	CodeRoleAssignmentLimit         errs.Code = "RoleAssignmentLimitExceeded"
	CodeInvalidRoleAssignmentID     errs.Code = "InvalidRoleAssignmentId"
	CodeRoleDefinitionNotFound      errs.Code = "RoleDefinitionDoesNotExist"
	CodeLastAdministrator           errs.Code = "CannotDeleteLastRbacAdminAssignment"
	CodeInvalidPrincipalID          errs.Code = "InvalidPrincipalId"
)

func invalid(code errs.Code, item, format string, args ...any) error {
	return errs.E(errs.Invalid, code, errs.Item(item), fmt.Sprintf(format, args...))
}

func subscriptionNotFound(id string) error {
	return errs.E(errs.NotFound, CodeSubscriptionNotFound, fmt.Sprintf("The subscription '%s' could not be found.", id))
}

func groupNotFound(name string) error {
	return errs.E(errs.NotFound, CodeResourceGroupNotFound, fmt.Sprintf("Resource group '%s' could not be found.", name))
}

func resourceNotFound(kind, name, group string) error {
	return errs.E(errs.NotFound, CodeResourceNotFound,
		fmt.Sprintf("The Resource '%s/%s' under resource group '%s' was not found.", kind, name, group))
}
