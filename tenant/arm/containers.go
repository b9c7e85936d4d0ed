package arm

import (
	"cmp"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
	"github.com/ownlake/ownlake/tenant/resources"
)

type containerBody struct {
	ID         string              `json:"id"`
	Name       string              `json:"name"`
	Type       string              `json:"type"`
	ETag       string              `json:"etag"`
	Properties containerProperties `json:"properties"`
}

type containerProperties struct {
	PublicAccess          string            `json:"publicAccess"`
	LeaseStatus           string            `json:"leaseStatus"`
	LeaseState            string            `json:"leaseState"`
	LeaseDuration         string            `json:"leaseDuration,omitempty"`
	LastModifiedTime      time.Time         `json:"lastModifiedTime"`
	Metadata              map[string]string `json:"metadata,omitempty"`
	HasImmutabilityPolicy bool              `json:"hasImmutabilityPolicy"`
	HasLegalHold          bool              `json:"hasLegalHold"`
	Deleted               bool              `json:"deleted"`
}

// publicAccess is how Resource Manager spells what the lake calls by the names of its own protocol.
var publicAccess = map[string]lake.PublicAccess{"": lake.Private, "None": lake.Private, "Blob": lake.PublicBlobs, "Container": lake.PublicContainer}

func newContainerBody(a resources.Account, p lake.FilesystemProperties) containerBody {
	b := containerBody{
		ID: string(a.Scope().Container(string(p.Name))), Name: string(p.Name), Type: accountType + "/blobServices/containers",
		ETag: `"` + string(p.ETag) + `"`,
		Properties: containerProperties{
			PublicAccess: "None", LeaseStatus: "Unlocked", LeaseState: cmp.Or(leaseStates[p.Lease.State], "Available"),
			LastModifiedTime: p.LastModified, Metadata: p.Metadata,
		},
	}
	for name, level := range publicAccess {
		if name != "" && level == p.PublicAccess {
			b.Properties.PublicAccess = name
		}
	}
	if p.Lease.State == lake.Leased || p.Lease.State == lake.Breaking {
		b.Properties.LeaseStatus = "Locked"
	}
	if p.Lease.State == lake.Leased {
		b.Properties.LeaseDuration = "Fixed"
		if p.Lease.Infinite {
			b.Properties.LeaseDuration = "Infinite"
		}
	}
	return b
}

var leaseStates = map[lake.LeaseState]string{
	lake.Available: "Available", lake.Leased: "Leased", lake.Expired: "Expired", lake.Breaking: "Breaking", lake.Broken: "Broken",
}

// listContainers lists a page of an account's containers, whose next one is told by a link.
func (h *handler) listContainers(req *request) (answer, error) {
	l, a, err := h.lake(req)
	if err != nil {
		return answer{}, err
	}
	q := req.URL.Query()
	o := lake.ListFilesystemsOptions{Prefix: q.Get("$filter"), Continuation: q.Get("$skipToken")}
	if size := q.Get("$maxpagesize"); size != "" {
		if o.MaxResults, err = strconv.Atoi(size); err != nil || o.MaxResults < 1 {
			return answer{}, invalid(resources.CodeInvalidValues, "Values for request parameters are invalid: $maxpagesize.")
		}
		o.MaxResults = min(o.MaxResults, 5000)
	}
	page, err := l.ListFilesystems(req.Context(), o)
	if err != nil {
		return answer{}, err
	}
	list := []containerBody{}
	for _, p := range page.Filesystems {
		list = append(list, newContainerBody(a, p))
	}
	body := map[string]any{"value": list}
	if page.Continuation != "" {
		next := url.Values{"api-version": {req.version}, "$skipToken": {page.Continuation}}
		for _, name := range []string{"$filter", "$maxpagesize"} {
			if v := q.Get(name); v != "" {
				next.Set(name, v)
			}
		}
		body["nextLink"] = h.base(req) + req.URL.EscapedPath() + "?" + next.Encode()
	}
	return ok(body)
}

// container reads the container that the path names.
func (h *handler) findContainer(req *request) (lake.Service, containerBody, error) {
	l, a, err := h.lake(req)
	if err != nil {
		return nil, containerBody{}, err
	}
	fs, err := lake.ParseFilesystem(req.container)
	if err != nil {
		return nil, containerBody{}, containerError(err)
	}
	p, err := l.FilesystemProperties(req.Context(), fs)
	return l, newContainerBody(a, p), containerError(err)
}

// containerError says what a lake says in the words of the resource provider.
func containerError(err error) error {
	switch errs.CodeOf(err) {
	case lake.CodeFilesystemNotFound:
		return errs.E(errs.NotFound, codeContainerNotFound, "The specified container does not exist.")
	case lake.CodeInvalidResourceName:
		return invalid("InvalidResourceName", "The specified resource name contains invalid characters.")
	case lake.CodeLeaseIDMissing:
		return errs.E(errs.Conflict, errs.Code("ContainerOperationFailure"),
			"There is currently a lease on the container and no lease ID was specified in the request.")
	}
	return err
}

func (h *handler) getContainer(req *request) (answer, error) {
	_, b, err := h.findContainer(req)
	if err != nil {
		return answer{}, err
	}
	return ok(b)
}

type containerParameters struct {
	Properties struct {
		PublicAccess *string           `json:"publicAccess"`
		Metadata     map[string]string `json:"metadata"`
	} `json:"properties"`
}

// putContainer makes a container. One that is there is as the request says afterwards.
func (h *handler) putContainer(req *request) (answer, error) { return h.changeContainer(req, true) }

func (h *handler) patchContainer(req *request) (answer, error) { return h.changeContainer(req, false) }

func (h *handler) changeContainer(req *request, create bool) (answer, error) {
	var p containerParameters
	if err := req.decode(&p); err != nil {
		return answer{}, err
	}
	l, a, err := h.lake(req)
	if err != nil {
		return answer{}, err
	}
	fs, err := lake.ParseFilesystem(req.container)
	if err != nil {
		return answer{}, containerError(err)
	}
	public, err := p.publicAccess(a)
	if err != nil {
		return answer{}, err
	}
	status := http.StatusOK
	if create {
		o := lake.CreateFilesystemOptions{Metadata: p.Properties.Metadata}
		if public != nil {
			o.PublicAccess = *public
		}
		switch _, err = l.CreateFilesystem(req.Context(), fs, o); {
		case err == nil:
			status, public, p.Properties.Metadata = http.StatusCreated, nil, nil
		case !errs.Is(err, errs.Exists):
			return answer{}, containerError(err)
		}
	}
	if err := update(req, l, fs, public, p.Properties.Metadata); err != nil {
		return answer{}, containerError(err)
	}
	_, b, err := h.findContainer(req)
	return answer{status: status, body: b}, err
}

// update changes what is given of a container that exists.
func update(req *request, l lake.Service, fs lake.Filesystem, public *lake.PublicAccess, metadata map[string]string) error {
	if metadata != nil {
		if _, err := l.SetFilesystemMetadata(req.Context(), fs, metadata, lake.Conditions{}); err != nil {
			return err
		}
	}
	if public == nil {
		return nil
	}
	now, _, err := l.ContainerAccess(req.Context(), fs)
	if err != nil || now.Public == *public {
		return err
	}
	now.Public = *public
	_, err = l.SetContainerAccess(req.Context(), fs, now, lake.Conditions{})
	return err
}

// publicAccess reads what everybody is to see; nil leaves it.
func (p containerParameters) publicAccess(a resources.Account) (*lake.PublicAccess, error) {
	if p.Properties.PublicAccess == nil {
		return nil, nil
	}
	public, known := publicAccess[*p.Properties.PublicAccess]
	if !known {
		return nil, invalid(resources.CodeInvalidValues, "Values for request parameters are invalid: publicAccess.")
	}
	if public != lake.Private && !a.AllowBlobPublicAccess {
		return nil, errs.E(errs.Conflict, codePublicAccess, "Public access is not permitted on this storage account.")
	}
	return &public, nil
}

// deleteContainer deletes a container with the role assignments at it. One that is not there is gone already.
func (h *handler) deleteContainer(req *request) (answer, error) {
	l, b, err := h.findContainer(req)
	switch {
	case errs.CodeOf(err) == codeContainerNotFound:
		return answer{status: http.StatusNoContent}, nil
	case err != nil:
		return answer{}, err
	}
	if err := l.DeleteFilesystem(req.Context(), lake.Filesystem(b.Name), lake.Conditions{}); err != nil && !errs.Is(err, errs.NotFound) {
		return answer{}, containerError(err)
	}
	if err := h.Resources.RemoveAssignments(access.Scope(b.ID)); err != nil {
		return answer{}, err
	}
	return answer{status: http.StatusOK}, nil
}
