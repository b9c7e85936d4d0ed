package adlstest

import "encoding/xml"

func getBlobServiceStats(s *suite) {
	s.of("GetBlobServiceStats")
	s.check("answers how far the copy in the other region is, or refuses where there is none", func(t *T) {
		a := t.BlobService("GET", "?restype=service&comp=stats").Send()
		if a.status != 200 {
			t.True(a.status == 400 || a.status == 403 || a.status == 404, "an account without a copy in another region refuses")
			t.True(a.Get("x-ms-error-code") != "", "the refusal has a code")
			return
		}
		var stats struct {
			XMLName xml.Name `xml:"StorageServiceStats"`
			Status  string   `xml:"GeoReplication>Status"`
		}
		a.XML(&stats)
		t.True(contains("live|bootstrap|unavailable", stats.Status), "the status is one of the three")
	})
}
