"""Prints all that a sharing consists of, so that two can be compared: the two groups with owners and members, the role assignments that
hold at the container, and the list of every path in it. What has another id or name in each sharing is named alike.

state.py CLOUD CA TENANT ACCOUNT PREFIX; ACCOUNT is a resource id. AZURE_USERNAME and AZURE_PASSWORD are of an administrator who may list the account's keys.
"""
import base64
import datetime
import hashlib
import hmac
import json
import os
import ssl
import sys
import urllib.parse
import urllib.request

cloud, ca, tenant, account, prefix = sys.argv[1:]
tls = ssl.create_default_context(cafile=ca)
container = account + "/blobServices/default/containers/customerinsights"
dataverse = "546068c3-99b1-4890-8e93-c8aeadcfe56a"


def send(method, url, token=None, data=None):
    request = urllib.request.Request(url, method=method, data=data)
    if token:
        request.add_header("Authorization", "Bearer " + token)
    return urllib.request.urlopen(request, context=tls)


def token(scope):
    form = {"grant_type": "password", "client_id": "04b07795-8ddb-461a-bbee-02f9e1bf7b46", "scope": scope,
            "username": os.environ["AZURE_USERNAME"], "password": os.environ["AZURE_PASSWORD"]}
    with send("POST", f"{cloud}/{tenant}/oauth2/v2.0/token", data=urllib.parse.urlencode(form).encode()) as answer:
        return json.load(answer)["access_token"]


def listed(method, url, bearer):
    with send(method, url, bearer, b"" if method == "POST" else None) as answer:
        return json.load(answer)


def graph(path):
    return listed("GET", f"{cloud}/v1.0/{path}", graph_token)["value"]


def account_sas(name, key):
    """A signature that reads and lists ("Create an account SAS")."""
    expiry = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    fields = [name, "rl", "b", "sco", "", expiry, "", "", "2022-11-02", "", ""]
    signature = hmac.new(base64.b64decode(key), "\n".join(fields).encode(), hashlib.sha256).digest()
    return urllib.parse.urlencode({"sv": "2022-11-02", "ss": "b", "srt": "sco", "sp": "rl", "se": expiry, "sig": base64.b64encode(signature).decode()})


graph_token, manager_token = token("https://graph.microsoft.com/.default"), token(cloud + "/.default")
me = listed("GET", f"{cloud}/v1.0/me", graph_token)["id"]
names = {me: "<me>"}
names[graph("servicePrincipals?$filter=" + urllib.parse.quote(f"appId eq '{dataverse}'"))[0]["id"]] = "<dataverse>"
groups = {}
for kind in ("readers", "contributors"):
    found = graph("groups?$filter=" + urllib.parse.quote(f"displayName eq '{prefix}-Dataverse-{kind}'"))
    assert len(found) == 1, f"{len(found)} groups of {kind}"
    groups[kind] = found[0]
    names[found[0]["id"]] = f"<{kind}>"


def named(text):
    for key, name in names.items():
        text = text.replace(key, name)
    return text.replace(account, "<account>")


for kind, group in groups.items():
    security = "security" if group["securityEnabled"] and not group["mailEnabled"] else "other"
    print(f"group {kind}: {security}")
    for relation in ("owners", "members"):
        print(f"group {kind} {relation}:", *sorted(named(o["id"]) for o in graph(f"groups/{group['id']}/{relation}")))

assignments = listed("GET", f"{cloud}{container}/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01&$filter=atScope()", manager_token)["value"]
for line in sorted(named(f"role {a['properties']['roleDefinitionId'].rsplit('/')[-1]} of {a['properties']['principalType']} {a['properties']['principalId']} at {a['properties']['scope']}")
                   for a in assignments):
    print(line)

described = listed("GET", f"{cloud}{account}?api-version=2023-05-01", manager_token)
endpoint = described["properties"]["primaryEndpoints"]["dfs"].rstrip("/")
sas = account_sas(described["name"], listed("POST", f"{cloud}{account}/listKeys?api-version=2023-05-01", manager_token)["keys"][0]["value"])
with send("GET", f"{endpoint}/customerinsights?resource=filesystem&recursive=true&{sas}") as answer:
    paths = [p["name"] for p in json.load(answer)["paths"]]
for path in [""] + sorted(paths):
    with send("HEAD", f"{endpoint}/customerinsights/{urllib.parse.quote(path)}?action=getAccessControl&{sas}") as answer:
        print(f"/{path}:", ",".join(sorted(named(answer.headers["x-ms-acl"]).split(","))), "owner", named(answer.headers["x-ms-owner"]),
              "group", named(answer.headers["x-ms-group"]))
