package directory

import (
	"github.com/google/uuid"

	"github.com/ownlake/ownlake/access"
)

// Application ids of Microsoft's own that a lake meets. They are the same in every tenant. The first five are those of
// reference BYOL.
const (
	AppDataverseLake        = "546068c3-99b1-4890-8e93-c8aeadcfe56a"
	AppDataverseLakeTest    = "bfb6af92-393c-4963-b008-56d24eba985f"
	AppCustomerInsights     = "0bfc4568-a4ba-4c58-bd3e-5d3e76bd7fff"
	AppJourneysSegmentation = "afc9dd19-c23a-4dc8-9fb7-0ad8cec474ff"
	AppDataverse            = "00000007-0000-0000-c000-000000000000"
	AppGraph                = "00000003-0000-0000-c000-000000000000"
	AppStorage              = "e406a681-f3d4-42a8-90b6-c2b029497af1"
	AppServiceManagement    = "797f4846-ba00-4fd7-ba43-dac1f8f63013"
	AppAzureCLI             = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"
	AppAzurePowerShell      = "1950a258-227b-4e31-a9cf-717495945fc2"
	wellKnownSpace          = "6ba7b811-9dad-11d1-80b4-00c04fd430c8" // of name-based ids, RFC 9562
	dataverseLakeName       = "Common Data Service - Azure Data Lake Storage"
)

func wellKnown() []ServicePrincipal {
	return []ServicePrincipal{
		// As owner of the groups that a lake is shared through, it keeps their members, and so has to find principals.
		{AppID: AppDataverseLake, DisplayName: dataverseLakeName, Permissions: []string{"Directory.Read.All"}},
		{AppID: AppDataverseLakeTest, DisplayName: dataverseLakeName + " - Test", Permissions: []string{"Directory.Read.All"}},
		{AppID: AppCustomerInsights, DisplayName: "Dynamics 365 AI for Customer Insights"},
		{AppID: AppJourneysSegmentation, DisplayName: "Customer Experience Platform Native Segmentation PROD"},
		{AppID: AppDataverse, DisplayName: "Dataverse"},
		{AppID: AppGraph, DisplayName: "Microsoft Graph", Names: []string{"https://graph.microsoft.com"}},
		{AppID: AppStorage, DisplayName: "Azure Storage", Names: []string{"https://storage.azure.com"}},
		{AppID: AppServiceManagement, DisplayName: "Windows Azure Service Management API", Names: []string{
			"https://management.azure.com", "https://management.core.windows.net",
		}},
		{AppID: AppAzureCLI, DisplayName: "Microsoft Azure CLI", PublicClient: true},
		{AppID: AppAzurePowerShell, DisplayName: "Microsoft Azure PowerShell", PublicClient: true},
	}
}

// addWellKnown adds those of Microsoft's service principals that the tenant lacks. Their object ids follow from the
// tenant's id, so that a tenant that is made again has the same ones.
func (d *Directory) addWellKnown() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	space := uuid.NewSHA1(uuid.MustParse(wellKnownSpace), []byte(d.tenant.ID))
	for _, s := range wellKnown() {
		if _, ok := d.spByAppID[s.AppID]; ok {
			continue
		}
		s.ID, s.Enabled, s.WellKnown, s.Created = access.ObjectID(uuid.NewSHA1(space, []byte(s.AppID)).String()), true, true, d.now()
		s.Names = append([]string{s.AppID}, s.Names...)
		if err := d.savePrincipal(s); err != nil {
			return err
		}
	}
	return nil
}
