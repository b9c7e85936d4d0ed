import { Problem } from "../api/problem";
import { Failure } from "../components/Ask";

const problem = new Problem(404, { detail: "There is no page at this address.", hint: "Choose one in the navigation." });

/** NotFound answers addresses that name no page. */
export function NotFound() {
  return <Failure error={problem} />;
}
