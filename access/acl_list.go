package access

import "slices"

// index finds the entry of the same subject, or -1.
func (a ACL) index(e Entry) int { return slices.IndexFunc(a, e.sameSubject) }

func (a ACL) find(isDefault bool, t EntryType) (Entry, bool) {
	if i := a.index(Entry{Default: isDefault, Type: t}); i >= 0 {
		return a[i], true
	}
	return Entry{}, false
}

// half returns the access or the default entries.
func (a ACL) half(isDefault bool) ACL {
	var h ACL
	for _, e := range a {
		if e.Default == isDefault {
			h = append(h, e)
		}
	}
	return h
}

// HasDefault reports whether the list has default entries.
func (a ACL) HasDefault() bool {
	return slices.ContainsFunc(a, func(e Entry) bool { return e.Default })
}

// Extended reports whether the access half names users or groups besides the owning ones.
func (a ACL) Extended() bool {
	return slices.ContainsFunc(a, func(e Entry) bool { return !e.Default && e.ID != "" })
}

// Complete returns the list as the service keeps it: in its order, with missing base entries of the default
// half taken from the access half, and with a mask in every half that has named entries and no mask of its
// own (the union of what the mask limits; reference BYOL section 5).
func (a ACL) Complete() ACL {
	out := slices.Clone(a)
	if out.HasDefault() {
		for _, t := range [...]EntryType{User, Group, Other} {
			if _, ok := out.find(true, t); ok {
				continue
			}
			if base, ok := out.find(false, t); ok {
				out = append(out, Entry{Default: true, Type: t, Permission: base.Permission})
			}
		}
	}
	for _, isDefault := range [...]bool{false, true} {
		if _, ok := out.find(isDefault, Mask); !ok {
			out = out.withMask(isDefault)
		}
	}
	return out.sorted()
}

// withMask appends the computed mask to a half that has named entries.
func (a ACL) withMask(isDefault bool) ACL {
	var union Permission
	named := false
	for _, e := range a.half(isDefault) {
		if e.ID != "" || e.Type == Group {
			union |= e.Permission
		}
		named = named || e.ID != ""
	}
	if !named {
		return a
	}
	return append(a, Entry{Default: isDefault, Type: Mask, Permission: union})
}

// Validate checks a complete list: the access half has user::, group:: and other::, so has a default half
// that is not empty; no half has more than [MaxEntries]; only directories have default entries; no
// principal occurs twice. The error is Invalid with [CodeInvalidACL].
func (a ACL) Validate(isDirectory bool) error {
	if !isDirectory && a.HasDefault() {
		return invalidACL("", "only a directory can have default entries")
	}
	for i, e := range a {
		if a.index(e) != i {
			return invalidACL(e.String(), "the principal occurs twice in the access control list")
		}
	}
	for _, isDefault := range [...]bool{false, true} {
		half := a.half(isDefault)
		if isDefault && len(half) == 0 {
			continue
		}
		if len(half) > MaxEntries {
			return invalidACL("", "the access control list has more than 32 access or 32 default entries")
		}
		for _, t := range [...]EntryType{User, Group, Other} {
			if _, ok := half.find(isDefault, t); !ok {
				missing := Entry{Default: isDefault, Type: t}
				return invalidACL(missing.principal()+":", "the access control list lacks this entry")
			}
		}
	}
	return nil
}

// Modify returns the list with the changed entries set or added, as the recursive mode "modify" does. A mask
// that the changes do not name is computed anew.
func (a ACL) Modify(changes ACL) ACL {
	out := slices.Clone(a)
	for _, e := range changes {
		if i := out.index(e); i >= 0 {
			out[i] = e
		} else {
			out = append(out, e)
		}
	}
	return out.remask(changes)
}

// Remove returns the list without the entries of the subjects, as the recursive mode "remove" does. The base
// entries of the access half cannot be removed; they stay. A mask is computed anew.
func (a ACL) Remove(subjects ACL) ACL {
	var out ACL
	for _, e := range a {
		base := !e.Default && e.ID == "" && e.Type != Mask
		if base || subjects.index(e) < 0 {
			out = append(out, e)
		}
	}
	if d := out.half(true); len(d) > 0 && !slices.ContainsFunc(d, func(e Entry) bool { return e.Type != Mask }) {
		out = out.half(false)
	}
	return out.remask(nil)
}

// remask drops the masks that the changes do not set, so that Complete computes them from the entries.
func (a ACL) remask(changes ACL) ACL {
	out := slices.DeleteFunc(a, func(e Entry) bool { return e.Type == Mask && changes.index(e) < 0 })
	return out.Complete()
}
