import {
  Menu,
  MenuButton,
  MenuDivider,
  MenuItem,
  MenuItemRadio,
  MenuList,
  MenuPopover,
  MenuTrigger,
} from "@fluentui/react-components";
import { Add20Regular, Building20Regular } from "@fluentui/react-icons";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams } from "react-router";
import { environments } from "../api/queries";

/** EnvironmentPicker changes the environment, and leads to a new one (ENV-1, ENV-8). */
export function EnvironmentPicker({ className }: { className: string }) {
  const { environment } = useParams();
  const all = useQuery(environments).data ?? [];
  const navigate = useNavigate();
  const here = all.find((e) => e.id === environment);
  return (
    <Menu
      checkedValues={{ environment: environment ? [environment] : [] }}
      onCheckedValueChange={(_, { checkedItems }) => void navigate(`/environments/${checkedItems[0]}`)}
    >
      <MenuTrigger disableButtonEnhancement>
        <MenuButton appearance="transparent" className={className} icon={<Building20Regular />}>
          <span dir="auto">{here?.name ?? "Environments"}</span>
        </MenuButton>
      </MenuTrigger>
      <MenuPopover>
        <MenuList>
          {all.map((e) => (
            <MenuItemRadio key={e.id} name="environment" value={e.id} secondaryContent={e.type}>
              <span dir="auto">{e.name}</span>
            </MenuItemRadio>
          ))}
          {all.length > 0 && <MenuDivider />}
          <MenuItem icon={<Add20Regular />} onClick={() => void navigate("/environments/new")}>
            New environment
          </MenuItem>
        </MenuList>
      </MenuPopover>
    </Menu>
  );
}
