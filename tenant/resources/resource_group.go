package resources

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
)

// ResourceGroup is a folder of a subscription's resources.
type ResourceGroup struct {
	Subscription string            `json:"subscription"`
	Name         string            `json:"name"` // in the case in which it was made
	Location     string            `json:"location"`
	Tags         map[string]string `json:"tags,omitempty"`
	ManagedBy    string            `json:"managedBy,omitempty"`
	Created      time.Time         `json:"created"`
}

// Scope is the scope of everything in the group.
func (g ResourceGroup) Scope() access.Scope {
	return access.Subscription(g.Subscription).ResourceGroup(g.Name)
}

// groupName is what Resource Manager takes: up to 90 letters, digits, "-", "_", "(", ")" and "." that is not the last.
var groupName = regexp.MustCompile(`^[-\pL\pN_().]{0,89}[-\pL\pN_()]$`)

// PutResourceGroup makes a group or changes its tags; made says which. A group cannot move to another location.
func (r *Resources) PutResourceGroup(g ResourceGroup) (put ResourceGroup, made bool, err error) {
	const op errs.Op = "resources.PutResourceGroup"
	if !groupName.MatchString(g.Name) {
		return g, false, errs.E(op, invalid(CodeInvalidGroupName, g.Name,
			"The provided resource group name '%s' has invalid characters, is too long or ends in a period.", g.Name))
	}
	location, ok := ParseLocation(g.Location)
	if !ok {
		return g, false, errs.E(op, invalid(CodeGroupLocationNotAvailable, g.Name,
			"The provided location '%s' is not available for resource group.", g.Location))
	}
	if err := checkTags(g.Tags); err != nil {
		return g, false, errs.E(op, err)
	}
	err = r.change(func(t *tx) error {
		s, err := t.subscription(g.Subscription)
		if err != nil {
			return err
		}
		g.Subscription, g.Location, g.Created = s.ID, location, r.options.Clock().UTC()
		old, exists := t.groups[fold(string(g.Scope()))]
		made = !exists
		if exists {
			if old.Location != g.Location {
				return errs.E(errs.Conflict, CodeInvalidGroupLocation, fmt.Sprintf(
					"Invalid resource group location '%s'. The Resource group already exists in location '%s'.", g.Location, old.Location))
			}
			g.Name, g.Created = old.Name, old.Created
		}
		t.putGroup(g)
		return nil
	})
	return g, made, errs.Wrap(op, err)
}

// SetGroupTags replaces a group's tags.
func (r *Resources) SetGroupTags(subscription, name string, tags map[string]string) (ResourceGroup, error) {
	const op errs.Op = "resources.SetGroupTags"
	if err := checkTags(tags); err != nil {
		return ResourceGroup{}, errs.E(op, err)
	}
	var g ResourceGroup
	err := r.change(func(t *tx) (err error) {
		if g, err = t.group(subscription, name); err != nil {
			return err
		}
		g.Tags = tags
		t.putGroup(g)
		return nil
	})
	return g, errs.Wrap(op, err)
}

// ResourceGroup finds a group by its name.
func (r *Resources) ResourceGroup(subscription, name string) (ResourceGroup, error) {
	return r.view.Load().group(subscription, name)
}

func (v *view) group(subscription, name string) (ResourceGroup, error) {
	if _, err := v.subscription(subscription); err != nil {
		return ResourceGroup{}, err
	}
	g, ok := v.groups[fold(string(access.Subscription(subscription).ResourceGroup(name)))]
	if !ok {
		return g, groupNotFound(name)
	}
	return g, nil
}

// ResourceGroups lists a subscription's groups by name.
func (r *Resources) ResourceGroups(subscription string) []ResourceGroup {
	groups := slices.Collect(maps.Values(r.view.Load().groups))
	groups = slices.DeleteFunc(groups, func(g ResourceGroup) bool { return !strings.EqualFold(g.Subscription, subscription) })
	slices.SortFunc(groups, func(a, b ResourceGroup) int { return strings.Compare(fold(a.Name), fold(b.Name)) })
	return groups
}

// DeleteResourceGroup removes a group with the role assignments at it. Accounts in it make that a Conflict.
func (r *Resources) DeleteResourceGroup(subscription, name string) error {
	err := r.change(func(t *tx) error {
		g, err := t.group(subscription, name)
		if err != nil {
			return err
		}
		for _, a := range t.accounts {
			if g.Scope().Contains(a.Scope()) {
				return errs.E(errs.Conflict, errs.Item(g.Name), "the resource group has the storage account "+a.Name)
			}
		}
		t.removeAssignments(g.Scope())
		delete(t.groups, fold(string(g.Scope())))
		t.remove(groupPrefix + fold(string(g.Scope())))
		return nil
	})
	return errs.Wrap("resources.DeleteResourceGroup", err)
}

func (t *tx) putGroup(g ResourceGroup) {
	key := fold(string(g.Scope()))
	t.groups[key] = g
	t.put(groupPrefix+key, g)
}

// Limits on tags.
const (
	maxTags     = 50
	maxTagName  = 512
	maxTagValue = 256
)

func checkTags(tags map[string]string) error {
	if len(tags) > maxTags {
		return invalid(CodeTooManyTags, "", "A resource can have at most %d tags.", maxTags)
	}
	for name, value := range tags {
		if name == "" || len(name) > maxTagName || len(value) > maxTagValue {
			return invalid("InvalidTagNameCharacters", name, "A tag's name has 1 to %d characters and its value at most %d.", maxTagName, maxTagValue)
		}
	}
	return nil
}
