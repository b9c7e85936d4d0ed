package api

import (
	"context"
	"net/http"
	"net/url"

	"github.com/ownlake/ownlake/insights"
)

// ReadIdentifier checks a permissions identifier and takes it apart.
func (c *Client) ReadIdentifier(ctx context.Context, text string) (i PermissionsIdentifier, err error) {
	return i, c.send(ctx, http.MethodPost, map[string]string{"identifier": text}, &i, nil, "sharing", "identifier")
}

// SharedLake returns what a setup has left of the environment's account, or of the one that the request names.
func (c *Client) SharedLake(ctx context.Context, id insights.EnvironmentID, q SharingRequest) (shared SharedLake, err error) {
	query := url.Values{}
	for name, value := range map[string]string{"account": q.Account, "path": string(q.Path)} {
		if value != "" {
			query.Set(name, value)
		}
	}
	return shared, c.get(ctx, &shared, query, "environments", string(id), "sharing")
}

// PlanSharing says what a setup would do.
func (c *Client) PlanSharing(ctx context.Context, id insights.EnvironmentID, q SharingRequest) (plan SharingSteps, err error) {
	return plan, c.send(ctx, http.MethodPost, q, &plan, nil, "environments", string(id), "sharing", "plan")
}

// CreateSharingGroups makes both security groups, or says with dry what it would make.
func (c *Client) CreateSharingGroups(ctx context.Context, id insights.EnvironmentID, q SharingRequest, dry bool) (made SharingSteps, err error) {
	query := url.Values{}
	if dry {
		query.Set("dryRun", "true")
	}
	return made, c.send(ctx, http.MethodPost, q, &made, query, "environments", string(id), "sharing", "groups")
}

// StartSharing starts a setup, a check or an undo.
func (c *Client) StartSharing(ctx context.Context, id insights.EnvironmentID, kind SharingJobKind, q SharingRequest) (job SharingJob, err error) {
	body := startSharing{kind, q}
	return job, c.send(ctx, http.MethodPost, body, &job, nil, "environments", string(id), "sharing", "jobs")
}

// SharingJobs lists them, newest first.
func (c *Client) SharingJobs(ctx context.Context, id insights.EnvironmentID) (jobs []SharingJob, err error) {
	return jobs, c.get(ctx, &jobs, nil, "environments", string(id), "sharing", "jobs")
}

// SharingJob returns one of them, with its progress.
func (c *Client) SharingJob(ctx context.Context, id insights.EnvironmentID, job string) (j SharingJob, err error) {
	return j, c.get(ctx, &j, nil, "environments", string(id), "sharing", "jobs", job)
}

// CancelSharingJob asks one of them to stop.
func (c *Client) CancelSharingJob(ctx context.Context, id insights.EnvironmentID, job string) (j SharingJob, err error) {
	return j, c.send(ctx, http.MethodPost, nil, &j, nil, "environments", string(id), "sharing", "jobs", job, "cancel")
}

// ExplainAccess decides whether a principal may do something.
func (c *Client) ExplainAccess(ctx context.Context, id insights.EnvironmentID, q ExplainQuestion) (d AccessDecision, err error) {
	return d, c.send(ctx, http.MethodPost, q, &d, nil, "environments", string(id), "access", "explain")
}

// ListAccess finds everyone who may read or write a path.
func (c *Client) ListAccess(ctx context.Context, id insights.EnvironmentID, q AccessQuestion) (list AccessList, err error) {
	return list, c.send(ctx, http.MethodPost, q, &list, nil, "environments", string(id), "access", "who")
}
