package adlstest

import (
	"encoding/xml"
	"strings"
)

func createContainer(s *suite) {
	s.of("CreateContainer")
	create := func(t *T, name string) *Request { return t.at(false, "PUT", name, "?restype=container") }

	s.check("answers 201 with an ETag and a date", func(t *T) {
		create(t, t.Unused()).Want(201).Text("").Have("ETag", "Last-Modified", "x-ms-request-id", "x-ms-version", "Date")
	})
	s.check("a name that is taken is refused", func(t *T) {
		create(t, t.Filesystem()).Fails(409, "ContainerAlreadyExists")
	})
	s.check("metadata is kept", func(t *T) {
		name := t.Unused()
		create(t, name).H("x-ms-meta-color", "blue").H("x-ms-meta-size", "7").Want(201)
		t.at(false, "HEAD", name, "?restype=container").Want(200).Header("x-ms-meta-color", "blue").Header("x-ms-meta-size", "7")
	})
	s.check("a metadata name that is no identifier is refused", func(t *T) {
		create(t, t.Unused()).H("x-ms-meta-1-2", "x").Fails(400, "InvalidMetadata")
	})
	s.check("public access is refused where the account permits none", func(t *T) {
		create(t, t.Unused()).H("x-ms-blob-public-access", "container").Fails(409, "PublicAccessNotPermitted")
	}, NoPublicAccess)
	s.check("public access is kept where the account permits it", func(t *T) {
		name := t.Unused()
		create(t, name).H("x-ms-blob-public-access", "container").Want(201)
		t.at(false, "HEAD", name, "?restype=container").Want(200).Header("x-ms-blob-public-access", "container")
	}, PublicAccess)
	s.check("public access that is neither container nor blob is refused", func(t *T) {
		create(t, t.Unused()).H("x-ms-blob-public-access", "everything").Fails(400, "InvalidHeaderValue")
	})
	for _, bad := range []string{"ab", "Conform", "conform--two", "conform-", "conform.dot"} {
		s.check("the name "+bad+" is refused", func(t *T) {
			create(t, bad).Fails(400, "InvalidResourceName|OutOfRangeInput")
		})
	}
}

func getContainerProperties(s *suite) {
	s.of("GetContainerProperties")
	for _, method := range []string{"HEAD", "GET"} {
		s.check(method+" answers 200 with ETag, date, lease and policies", func(t *T) {
			t.Blob(method, "?restype=container").Want(200).Text("").Have("ETag", "Last-Modified").
				Header("x-ms-lease-state", "available").Header("x-ms-lease-status", "unlocked").
				Header("x-ms-has-immutability-policy", "false").Header("x-ms-has-legal-hold", "false").No("x-ms-blob-public-access")
		})
		s.check(method+" of metadata alone answers it", func(t *T) {
			t.Blob("PUT", "?restype=container&comp=metadata").H("x-ms-meta-color", "blue").Want(200)
			t.Blob(method, "?restype=container&comp=metadata").Want(200).Text("").Header("x-ms-meta-color", "blue")
		})
	}
	s.check("a missing one is not found", func(t *T) {
		t.at(false, "GET", t.Unused(), "?restype=container").Fails(404, "ContainerNotFound")
	})
	s.check("HEAD of a missing one has no body", func(t *T) {
		t.at(false, "HEAD", t.Unused(), "?restype=container").Fails(404, "ContainerNotFound").Text("")
	})
	s.check("a lease that is not the container's is refused", func(t *T) {
		t.Blob("PUT", "?restype=container&comp=lease").H("x-ms-lease-action", "acquire").H("x-ms-lease-duration", "-1").Want(201)
		t.Blob("HEAD", "?restype=container").H("x-ms-lease-id", newID()).Fails(412, "LeaseIdMismatchWithContainerOperation")
	})
}

func setContainerMetadata(s *suite) {
	s.of("SetContainerMetadata")
	set := func(t *T) *Request { return t.Blob("PUT", "?restype=container&comp=metadata") }

	s.check("replaces all metadata and answers the new ETag", func(t *T) {
		set(t).H("x-ms-meta-a", "1").Want(200)
		etag := set(t).H("x-ms-meta-b", "2").Want(200).Has("ETag")
		t.Blob("HEAD", "?restype=container").Want(200).No("x-ms-meta-a").Header("x-ms-meta-b", "2").Header("ETag", etag)
	})
	s.check("none takes all away", func(t *T) {
		set(t).H("x-ms-meta-a", "1").Want(200)
		set(t).Want(200)
		t.Blob("HEAD", "?restype=container").Want(200).No("x-ms-meta-a")
	})
	s.check("If-Modified-Since of after is not met", func(t *T) {
		set(t).H("x-ms-meta-a", "1").H("If-Modified-Since", httpDate(t.Now().AddDate(0, 0, 1))).Fails(412, "ConditionNotMet")
	})
	s.check("a missing container is not found", func(t *T) {
		t.at(false, "PUT", t.Unused(), "?restype=container&comp=metadata").H("x-ms-meta-a", "1").Fails(404, "ContainerNotFound")
	})
}

func deleteContainer(s *suite) {
	s.of("DeleteContainer")
	remove := func(t *T) *Request { return t.Blob("DELETE", "?restype=container") }

	s.check("answers 202, and the container is gone", func(t *T) {
		remove(t).Want(202).Text("")
		t.Blob("GET", "?restype=container").Fails(404, "ContainerNotFound")
	})
	s.check("takes its blobs along", func(t *T) {
		t.PutBlob("d/b", "x")
		remove(t).Want(202)
		t.Blob("GET", "d/b").Fails(404, "ContainerNotFound")
	})
	s.check("a missing one is not found", func(t *T) {
		t.at(false, "DELETE", t.Unused(), "?restype=container").Fails(404, "ContainerNotFound")
	})
	s.check("If-Unmodified-Since of before is not met", func(t *T) {
		remove(t).H("If-Unmodified-Since", httpDate(t.Now().AddDate(0, 0, -1))).Fails(412, "ConditionNotMet")
	})
	s.check("a leased one is deleted with the lease only", func(t *T) {
		id := t.Blob("PUT", "?restype=container&comp=lease").H("x-ms-lease-action", "acquire").H("x-ms-lease-duration", "-1").Want(201).Has("x-ms-lease-id")
		remove(t).Fails(412, "LeaseIdMissing")
		remove(t).H("x-ms-lease-id", newID()).Fails(412, "LeaseIdMismatchWithContainerOperation")
		remove(t).H("x-ms-lease-id", id).Want(202)
	})
}

// containerListing is the body of List Containers.
type containerListing struct {
	XMLName         xml.Name `xml:"EnumerationResults"`
	ServiceEndpoint string   `xml:"ServiceEndpoint,attr"`
	Prefix          string   `xml:"Prefix"`
	MaxResults      string   `xml:"MaxResults"`
	Containers      []struct {
		Name       string `xml:"Name"`
		Properties struct {
			LastModified string `xml:"Last-Modified"`
			ETag         string `xml:"Etag"`
			LeaseStatus  string `xml:"LeaseStatus"`
			LeaseState   string `xml:"LeaseState"`
		} `xml:"Properties"`
		Metadata struct {
			All []xmlPair `xml:",any"`
		} `xml:"Metadata"`
	} `xml:"Containers>Container"`
	NextMarker string `xml:"NextMarker"`
}

type xmlPair struct {
	XMLName xml.Name
	Value   string `xml:",chardata"`
}

func listContainers(s *suite) {
	s.of("ListContainers")
	list := func(t *T, query string) containerListing {
		var l containerListing
		t.BlobService("GET", "?comp=list"+query).Want(200).XML(&l)
		return l
	}
	three := func(t *T) string {
		prefix := "conform-" + unique()
		for _, end := range []string{"-a", "-b", "-c"} {
			t.made = append(t.made, prefix+end)
			t.at(false, "PUT", prefix+end, "?restype=container").H("x-ms-meta-End", end).Want(201)
		}
		return prefix
	}

	s.check("lists by name in order, those of the prefix only", func(t *T) {
		prefix := three(t)
		l := list(t, "&prefix="+prefix)
		t.Equal("containers", len(l.Containers), 3)
		for i, end := range []string{"-a", "-b", "-c"} {
			t.Equal("name", l.Containers[i].Name, prefix+end)
		}
		t.Equal("Prefix", l.Prefix, prefix)
		t.Equal("NextMarker", l.NextMarker, "")
	})
	s.check("names the service in ServiceEndpoint", func(t *T) {
		l := list(t, "&maxresults=1")
		t.True(strings.HasPrefix(l.ServiceEndpoint, "http"), "ServiceEndpoint is an address, and not "+l.ServiceEndpoint)
	})
	s.check("an entry has version, time and lease", func(t *T) {
		for _, c := range list(t, "&prefix="+three(t)).Containers {
			p := c.Properties
			t.True(p.ETag != "" && strings.HasSuffix(p.LastModified, "GMT"), "version and time of "+c.Name)
			t.Equal("lease", p.LeaseStatus+" "+p.LeaseState, "unlocked available")
		}
	})
	s.check("metadata comes where it is asked for", func(t *T) {
		prefix := three(t)
		c := list(t, "&include=metadata&prefix="+prefix).Containers[0]
		t.Equal("metadata", len(c.Metadata.All), 1)
		t.Equal("value", c.Metadata.All[0].Value, "-a")
		t.Equal("metadata that was not asked for", len(list(t, "&prefix="+prefix).Containers[0].Metadata.All), 0)
	})
	s.check("pages of one visit every container once", func(t *T) {
		prefix := three(t)
		marker, seen := "", 0
		for {
			l := list(t, "&maxresults=1&prefix="+prefix+"&marker="+escape(marker))
			t.True(len(l.Containers) <= 1, "a page has at most one entry")
			seen += len(l.Containers)
			if marker = l.NextMarker; marker == "" {
				break
			}
			t.True(seen < 4, "the listing ends")
		}
		t.Equal("containers", seen, 3)
	})
	s.check("maxresults 0 is refused", func(t *T) {
		t.BlobService("GET", "?comp=list&maxresults=0").Fails(400, "OutOfRangeQueryParameterValue|InvalidQueryParameterValue")
	})
	s.check("an unknown include is refused", func(t *T) {
		t.BlobService("GET", "?comp=list&include=everything").Fails(400, "InvalidQueryParameterValue")
	})
	s.check("a leased container says so", func(t *T) {
		t.Blob("PUT", "?restype=container&comp=lease").H("x-ms-lease-action", "acquire").H("x-ms-lease-duration", "-1").Want(201)
		p := list(t, "&prefix="+t.Filesystem()).Containers[0].Properties
		t.Equal("lease", p.LeaseStatus+" "+p.LeaseState, "locked leased")
	})
}
