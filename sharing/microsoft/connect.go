package microsoft

import "github.com/ownlake/ownlake/sharing"

// Connect returns all that a setup reaches, as whoever the credential is of. It asks nothing yet.
func Connect(o Options) sharing.Cloud {
	return sharing.Cloud{
		Suffix:    o.Cloud.StorageSuffix,
		Directory: NewDirectory(o), Manager: NewManager(o),
		Lake: func(a sharing.Account) (sharing.Lake, error) { return NewLake(o, a.DFS, sharing.Container) },
	}
}
