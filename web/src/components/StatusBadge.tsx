import { Badge, type BadgeProps } from "@fluentui/react-components";
import {
  CheckmarkCircle16Filled,
  Clock16Regular,
  DismissCircle16Filled,
  ArrowSync16Regular,
  Warning16Filled,
  SubtractCircle16Regular,
} from "@fluentui/react-icons";
import type { ReactElement } from "react";

const looks: Record<string, { color: BadgeProps["color"]; icon: ReactElement }> = {
  Queued: { color: "informative", icon: <Clock16Regular /> },
  Refreshing: { color: "brand", icon: <ArrowSync16Regular /> },
  Successful: { color: "success", icon: <CheckmarkCircle16Filled /> },
  "Completed with warnings": { color: "warning", icon: <Warning16Filled /> },
  Failed: { color: "danger", icon: <DismissCircle16Filled /> },
  Skipped: { color: "informative", icon: <SubtractCircle16Regular /> },
  Canceled: { color: "informative", icon: <SubtractCircle16Regular /> },
};

/** StatusBadge shows the status of a run or task by word, sign and colour. */
export function StatusBadge({ status }: { status: string | undefined }) {
  if (!status) return null;
  const look = looks[status] ?? { color: "informative" as const, icon: <Clock16Regular /> };
  return (
    <Badge appearance="tint" color={look.color} icon={look.icon} size="large">
      {status}
    </Badge>
  );
}
