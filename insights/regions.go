package insights

import "github.com/ownlake/ownlake/internal/regions"

// RegionInfo is a region with the name people see.
type RegionInfo struct {
	Name        Region `json:"name"`
	DisplayName string `json:"displayName"`
}

// Regions lists the public regions of the cloud, by name, as Resource Manager spells them ("locations").
func Regions() []RegionInfo {
	all := regions.All()
	list := make([]RegionInfo, len(all))
	for i, r := range all {
		list[i] = RegionInfo{Region(r.Name), r.DisplayName}
	}
	return list
}

// DisplayName returns the name that people see, or the region's own name if it is not a public region.
func (r Region) DisplayName() string {
	for _, info := range Regions() {
		if info.Name == r {
			return info.DisplayName
		}
	}
	return string(r)
}
