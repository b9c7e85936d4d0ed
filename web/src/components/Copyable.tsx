import { Button, makeStyles, tokens, Tooltip } from "@fluentui/react-components";
import { Checkmark16Regular, Copy16Regular } from "@fluentui/react-icons";
import { useState } from "react";

const useStyles = makeStyles({
  line: { display: "inline-flex", alignItems: "center", gap: tokens.spacingHorizontalXS, maxWidth: "100%" },
  code: { fontFamily: tokens.fontFamilyMonospace, fontSize: tokens.fontSizeBase200, overflowWrap: "anywhere" },
  block: {
    position: "relative",
    backgroundColor: tokens.colorNeutralBackground3,
    borderRadius: tokens.borderRadiusMedium,
    padding: "10px 44px 10px 12px",
  },
  pre: {
    margin: 0,
    overflowX: "auto",
    fontFamily: tokens.fontFamilyMonospace,
    fontSize: tokens.fontSizeBase200,
    whiteSpace: "pre",
  },
  corner: { position: "absolute", top: "4px", right: "4px" },
});

function CopyButton({ text, what, className }: { text: string; what: string; className?: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
  };
  return (
    <Tooltip content={copied ? "Copied" : `Copy ${what}`} relationship="label">
      <Button
        size="small"
        appearance="subtle"
        className={className ?? ""}
        icon={copied ? <Checkmark16Regular /> : <Copy16Regular />}
        onClick={() => void copy()}
        onBlur={() => setCopied(false)}
      />
    </Tooltip>
  );
}

/** Copyable is a short text, such as an id, with a button that copies it. */
export function Copyable({ text, what }: { text: string; what: string }) {
  const styles = useStyles();
  return (
    <span className={styles.line}>
      <code className={styles.code}>{text}</code>
      <CopyButton text={text} what={what} />
    </span>
  );
}

/** CodeBlock is text of several lines that can be copied whole. */
export function CodeBlock({ text, what }: { text: string; what: string }) {
  const styles = useStyles();
  return (
    <div className={styles.block}>
      <pre className={styles.pre} tabIndex={0} role="region" aria-label={what}>
        {text}
      </pre>
      <CopyButton text={text} what={what} className={styles.corner} />
    </div>
  );
}
