import { useRouteError } from "react-router";
import { Failure } from "../components/Ask";

/** Crashed stands where a page failed to load or to draw. */
export function Crashed() {
  const error = useRouteError();
  return <Failure error={error} retry={() => window.location.reload()} />;
}
