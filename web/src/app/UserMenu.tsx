import {
  Button,
  Menu,
  MenuDivider,
  MenuGroup,
  MenuGroupHeader,
  MenuItem,
  MenuItemRadio,
  MenuList,
  MenuPopover,
  MenuTrigger,
  Tooltip,
} from "@fluentui/react-components";
import { Person20Regular, SignOut20Regular } from "@fluentui/react-icons";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "react-router";
import { signOut } from "../api/session";
import { useMe } from "./session";
import { type Choice, useTheme } from "./theme";

const choices: [Choice, string][] = [
  ["system", "As the system"],
  ["light", "Light"],
  ["dark", "Dark"],
];

/** UserMenu says who has signed in, chooses light or dark, and signs out. */
export function UserMenu({ className }: { className: string }) {
  const { choice, choose } = useTheme();
  const who = useMe();
  const navigate = useNavigate();
  const client = useQueryClient();
  const leave = useMutation({
    mutationFn: signOut,
    onSuccess: async () => {
      client.clear();
      await navigate("/signin");
    },
  });
  const name = who?.principal.name || who?.principal.id || "";
  return (
    <Menu
      checkedValues={{ theme: [choice] }}
      onCheckedValueChange={(_, { checkedItems }) => choose((checkedItems[0] ?? "system") as Choice)}
    >
      <MenuTrigger disableButtonEnhancement>
        <Tooltip content={`You: ${name}`} relationship="label">
          <Button appearance="transparent" className={className} icon={<Person20Regular />} />
        </Tooltip>
      </MenuTrigger>
      <MenuPopover>
        <MenuList>
          <MenuGroup>
            <MenuGroupHeader>
              <span dir="auto">{name}</span>
              {who?.serverRole && `, ${who.serverRole} of this server`}
            </MenuGroupHeader>
          </MenuGroup>
          <MenuDivider />
          {choices.map(([value, label]) => (
            <MenuItemRadio key={value} name="theme" value={value}>
              {label}
            </MenuItemRadio>
          ))}
          {who?.by === "session" && (
            <>
              <MenuDivider />
              <MenuItem icon={<SignOut20Regular />} disabled={leave.isPending} onClick={() => leave.mutate()}>
                Sign out
              </MenuItem>
            </>
          )}
        </MenuList>
      </MenuPopover>
    </Menu>
  );
}
