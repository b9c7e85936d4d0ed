import { useQuery } from "@tanstack/react-query";
import { regions, version } from "../../api/queries";
import { useEnvironment } from "../../app/environment";
import { Copyable } from "../../components/Copyable";
import { Facts } from "../../components/Facts";
import { Card, Page } from "../../components/Page";
import { time } from "../../format";

/** About says what the environment is (SYS-9). */
export function About() {
  const e = useEnvironment();
  const region = useQuery(regions).data?.find((r) => r.name === e.region);
  const v = useQuery(version);
  const own = e.storage.kind === "own";
  return (
    <Page title="About">
      <Card title="Environment">
        <Facts
          facts={[
            ["Name", e.name],
            ["Environment id", <Copyable text={e.id} what="the environment id" />],
            ["Type", e.type],
            ["Region", region?.displayName ?? e.region],
            ["Created", time(e.createdAt)],
          ]}
        />
      </Card>
      <Card title="Data storage">
        <Facts
          facts={[
            ["Output data is saved to", own ? "Azure Data Lake Storage Gen2" : "Managed storage of ownlake"],
            ["Account", e.storage.account],
            ["Endpoint", e.storage.endpoint && <Copyable text={e.storage.endpoint} what="the endpoint" />],
            ["Connected by", e.storage.credential === "accountKey" ? "Account key" : e.storage.credential && "Azure subscription"],
            ["Folder", <Copyable text={`customerinsights/ci_${e.id}`} what="the folder" />],
            ["Table format", e.dataFormat === "csv" ? "CSV with model.json" : "Parquet, as Delta tables and with model.json"],
          ]}
        />
      </Card>
      <Card title="ownlake">
        <Facts facts={[["Version", v.data?.version]]} />
      </Card>
    </Page>
  );
}
