// Package project reads a project: a folder of YAML files that declare an environment, its data sources and its
// unification. Every *.yaml and *.yml file of the folder and of its subfolder "sources" is read; each document in
// them says what it is by its kind:
//
//	kind: environment          one at most; may be left out to apply the rest to an environment that exists
//	name: Contoso
//	type: production           or sandbox
//	region: westeurope
//	dataFormat: parquet        or csv
//	storage:
//	  kind: own                or managed
//	  account: contosolake     and/or endpoint: https://contosolake.dfs.core.windows.net
//	  resourceId: /subscriptions/…      or subscription, resourceGroup and account, instead of account or endpoint
//	  keyEnv: CONTOSO_KEY      or keyFile: ../contoso.key (from the project's folder), or a service principal:
//	  principal:
//	    tenant: 72f988bf-…
//	    clientId: 11111111-…
//	    method: clientSecret   or certificate, managedIdentity, workloadIdentity
//	    clientSecretEnv: CONTOSO_SECRET     or clientSecretFile; certificateFile, certificatePasswordEnv or …File
//	  cloud: {manager: https://127.0.0.1:10006, caFile: ca.pem}      where it is not Microsoft's public one
//	  createContainer: false
//	---
//	kind: source               any number; the fields of insights.DataSource
//	name: CRM
//	tables:
//	  - name: Contacts
//	    location: data/crm/contacts.csv    relative paths count from the project's folder
//	---
//	kind: unification          one at most; the fields of insights.Unification
//	tables: [...]
//	rules: [...]
//
// [LoadUnification] reads a document of the last kind from a file of its own.
//
// Reading is strict: unknown keys, values of the wrong kind and names that do not exist are all reported, each with
// file, line, column and the nearest valid name. Secrets do not belong into a project, so keys are named, never
// written. The package knows YAML; what valid values are is said by package insights.
package project
