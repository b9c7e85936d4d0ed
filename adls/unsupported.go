package adls

// unsupportedHeaders ask for something that would be wrong to leave out in silence.
var unsupportedHeaders = []struct{ name, what string }{
	{"X-Ms-Copy-Source", "copies by this operation"},
	{"X-Ms-Encryption-Key", "encryption with keys of the client"},
	{"X-Ms-Structured-Body", "structured message bodies"},
	{"X-Ms-Immutability-Policy-Until-Date", "immutability policies"},
	{"X-Ms-Legal-Hold", "legal holds"},
}

var unsupportedParameters = []struct{ name, what string }{
	{"versionid", "blob versions"},
	{"deletetype", "permanent deletion of what is kept"},
}

// refuseUnsupported answers requests for features that the lake does not have.
func refuseUnsupported(req *request) error {
	for _, u := range unsupportedHeaders {
		if u.name == "X-Ms-Copy-Source" && req.copies() {
			continue
		}
		if req.Header.Get(u.name) != "" {
			return notImplemented(u.what, "leave out the header "+u.name)
		}
	}
	for _, u := range unsupportedParameters {
		if req.query[u.name] != "" {
			return notImplemented(u.what, "leave out the parameter "+u.name)
		}
	}
	return nil
}
