import { Monitor, Moon, Sun } from "lucide-react";
import { useSyncExternalStore } from "react";
import { Button } from "@/components/ui/button";
import { Menu, MenuContent, MenuRadio, MenuTrigger } from "@/components/ui/menu";
import { getTheme, onTheme, setTheme, type Theme } from "@/lib/theme";

const ICONS = { light: Sun, dark: Moon, system: Monitor } as const;
const OPTIONS: { value: Theme; label: string }[] = [
  { value: "light", label: "Light" },
  { value: "dark", label: "Dark" },
  { value: "system", label: "As the system" },
];

export function ThemeMenu() {
  const theme = useSyncExternalStore(onTheme, getTheme);
  const Icon = ICONS[theme];
  return (
    <Menu>
      <MenuTrigger asChild>
        <Button variant="ghost" size="icon" aria-label={`Theme: ${theme}`}>
          <Icon />
        </Button>
      </MenuTrigger>
      <MenuContent side="top">
        <MenuRadio value={theme} options={OPTIONS} onChange={setTheme} />
      </MenuContent>
    </Menu>
  );
}
