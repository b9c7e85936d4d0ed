package adlstest

import (
	"encoding/xml"
	"strings"
)

// containerListing is the body of List Containers.
type containerListing struct {
	XMLName         xml.Name          `xml:"EnumerationResults"`
	ServiceEndpoint string            `xml:"ServiceEndpoint,attr"`
	Prefix          string            `xml:"Prefix"`
	MaxResults      string            `xml:"MaxResults"`
	Containers      []listedContainer `xml:"Containers>Container"`
	NextMarker      string            `xml:"NextMarker"`
}

type listedContainer struct {
	Name       string `xml:"Name"`
	Deleted    string `xml:"Deleted"`
	Version    string `xml:"Version"`
	Properties struct {
		LastModified  string `xml:"Last-Modified"`
		ETag          string `xml:"Etag"`
		LeaseStatus   string `xml:"LeaseStatus"`
		LeaseState    string `xml:"LeaseState"`
		DeletedTime   string `xml:"DeletedTime"`
		RemainingDays string `xml:"RemainingRetentionDays"`
	} `xml:"Properties"`
	Metadata struct {
		All []xmlPair `xml:",any"`
	} `xml:"Metadata"`
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
