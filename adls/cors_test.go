package adls_test

import (
	"net/http"
	"strings"
	"testing"
)

func TestPagesOfOtherOriginsCallWhereARuleLetsThem(t *testing.T) {
	t.Parallel()
	l := startLake(t)
	l.filesystem("fs1")
	l.file("/fs1/f", "content")
	const rules = `<StorageServiceProperties><Cors>
		<CorsRule><AllowedOrigins>https://app.contoso.com</AllowedOrigins><AllowedMethods>GET,PUT</AllowedMethods>
			<MaxAgeInSeconds>600</MaxAgeInSeconds><ExposedHeaders>x-ms-request-id</ExposedHeaders><AllowedHeaders>x-ms-*</AllowedHeaders></CorsRule>
		<CorsRule><AllowedOrigins>*</AllowedOrigins><AllowedMethods>HEAD</AllowedMethods>
			<MaxAgeInSeconds>0</MaxAgeInSeconds><ExposedHeaders></ExposedHeaders><AllowedHeaders></AllowedHeaders></CorsRule>
	</Cors></StorageServiceProperties>`
	preflight := func(origin, method, headers string) answer {
		return l.do(call{method: "OPTIONS", target: "/fs1/f", unsigned: true, header: map[string]string{
			"Origin": origin, "Access-Control-Request-Method": method, "Access-Control-Request-Headers": headers,
		}})
	}
	if a := preflight("https://app.contoso.com", "GET", ""); a.status != http.StatusForbidden || a.code() != "CorsPreflightFailure" {
		t.Errorf("without rules: %d %s", a.status, a.code())
	}
	if a := l.do(call{method: "PUT", target: "/?restype=service&comp=properties", body: rules}); a.status != http.StatusAccepted {
		t.Fatalf("setting the rules: %d %s", a.status, a.body)
	}
	if a := l.do(call{method: "GET", target: "/?restype=service&comp=properties"}); !strings.Contains(a.body, "<AllowedMethods>GET,PUT</AllowedMethods>") {
		t.Errorf("the rules are not told: %s", a.body)
	}

	a := preflight("https://app.contoso.com", "PUT", "x-ms-version,X-Ms-Meta-Color")
	for name, want := range map[string]string{
		"Access-Control-Allow-Origin": "https://app.contoso.com", "Access-Control-Allow-Methods": "PUT", "Access-Control-Max-Age": "600",
		"Access-Control-Allow-Headers": "x-ms-version,X-Ms-Meta-Color", "Access-Control-Allow-Credentials": "true", "Vary": "Origin",
	} {
		if got := a.header.Get(name); a.status != http.StatusOK || got != want {
			t.Errorf("preflight: %d, %s is %q, want %q", a.status, name, got, want)
		}
	}
	for name, a := range map[string]answer{
		"another origin": preflight("https://evil.example", "GET", ""),
		"another method": preflight("https://app.contoso.com", "DELETE", ""),
		"another header": preflight("https://app.contoso.com", "GET", "authorization"),
	} {
		if a.status != http.StatusForbidden || a.header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("preflight of %s: %d", name, a.status)
		}
	}
	read := l.do(call{method: "GET", target: "/fs1/f", header: map[string]string{"Origin": "https://app.contoso.com"}})
	if read.status != http.StatusOK || read.header.Get("Access-Control-Allow-Origin") != "https://app.contoso.com" ||
		read.header.Get("Access-Control-Expose-Headers") != "x-ms-request-id" {
		t.Errorf("reading: %d %v", read.status, read.header)
	}
	if a := l.do(call{method: "GET", target: "/fs1/f", unsigned: true, header: map[string]string{"Origin": "https://app.contoso.com"}}); a.status < 400 {
		t.Errorf("a rule lets in who does not say who calls: %d", a.status)
	}
}

func TestWhatTheLakeDoesNotDoIsNotSwitchedOn(t *testing.T) {
	t.Parallel()
	l := startLake(t)
	rule := func(inner string) string { return "<Cors><CorsRule>" + inner + "</CorsRule></Cors>" }
	for body, want := range map[string]int{
		"<DeleteRetentionPolicy><Enabled>true</Enabled><Days>7</Days><AllowPermanentDelete>true</AllowPermanentDelete></DeleteRetentionPolicy>": 501,
		"<DeleteRetentionPolicy><Enabled>true</Enabled></DeleteRetentionPolicy>":                                                                400,
		"<Logging><Version>1.0</Version><Read>true</Read></Logging>":                                                                            501,
		"<HourMetrics><Version>1.0</Version><Enabled>true</Enabled></HourMetrics>":                                                              501,
		"<StaticWebsite><Enabled>true</Enabled></StaticWebsite>":                                                                                501,
		"<DefaultServiceVersion>2021-12-02</DefaultServiceVersion>":                                                                             501,
		rule("<AllowedMethods>GET</AllowedMethods>"):                                                                                            400,
		rule("<AllowedOrigins>*</AllowedOrigins>"):                                                                                              400,
		rule("<AllowedOrigins>*</AllowedOrigins><AllowedMethods>STEAL</AllowedMethods>"):                                                        400,
		rule("<AllowedOrigins>a&#10;b</AllowedOrigins><AllowedMethods>GET</AllowedMethods>"):                                                    400,
		"<Cors>" + strings.Repeat("<CorsRule><AllowedOrigins>*</AllowedOrigins><AllowedMethods>GET</AllowedMethods></CorsRule>", 6) + "</Cors>": 400,
	} {
		a := l.do(call{method: "PUT", target: "/?restype=service&comp=properties", body: "<StorageServiceProperties>" + body + "</StorageServiceProperties>"})
		if a.status != want {
			t.Errorf("%.80s: %d %s, want %d", body, a.status, a.code(), want)
		}
	}
}
