import { Bot, Cog, User, Wrench } from "lucide-react";
import { cn } from "@/lib/cn";
import type { Role } from "./types";

const ROLES: Record<Role, { label: string; icon: typeof Bot; tone: string }> = {
  system: { label: "System", icon: Cog, tone: "text-muted-foreground" },
  user: { label: "User", icon: User, tone: "text-type-general" },
  assistant: { label: "Assistant", icon: Bot, tone: "text-type-llm" },
  tool: { label: "Tool", icon: Wrench, tone: "text-type-tool" },
};

export function RoleMark({ role, name }: { role: Role; name?: string | undefined }) {
  const { label, icon: Icon, tone } = ROLES[role];
  return (
    <span className={cn("inline-flex items-center gap-1.5 font-medium", tone)}>
      <Icon aria-hidden className="size-3.5" />
      {label}
      {name && <span className="font-normal text-muted-foreground">{name}</span>}
    </span>
  );
}
