import { Code } from "lucide-react";
import { Button } from "@/components/ui/button";
import { Menu, MenuContent, MenuItem, MenuTrigger } from "@/components/ui/menu";
import { copyText } from "@/lib/copy";
import { toast } from "@/lib/toast";
import { curlOf, openaiPythonOf } from "../lib/code";
import type { Body } from "../lib/request";

/** The call as it would be made now, as code. */
export function CodeMenu({ body, needsKey }: { body: () => Body; needsKey: boolean }) {
  const copy = async (code: string) => {
    if (await copyText(code)) toast("Copied.");
  };
  const origin = window.location.origin;
  return (
    <Menu>
      <MenuTrigger asChild>
        <Button aria-label="Copy as code">
          <Code /> <span className="max-sm:sr-only">Copy as</span>
        </Button>
      </MenuTrigger>
      <MenuContent align="end">
        <MenuItem onSelect={() => void copy(curlOf(origin, body(), needsKey))}>curl</MenuItem>
        <MenuItem onSelect={() => void copy(openaiPythonOf(origin, body(), needsKey))}>
          Python (openai)
        </MenuItem>
      </MenuContent>
    </Menu>
  );
}
