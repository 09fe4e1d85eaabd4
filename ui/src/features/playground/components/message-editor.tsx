import { ArrowDown, ArrowUp, X } from "lucide-react";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { Select } from "@/components/ui/select";
import { type Message, ROLES, type Role } from "../lib/conversation";

const OPTIONS = ROLES.map((value) => ({ value, label: value }));
const PLACEHOLDERS: Record<Role, string> = {
  system: "What the model is to be and do",
  user: "Ask something",
  assistant: "What the model said",
  tool: "What the tool returned",
};

/** A message: who says it, and what. */
export function MessageEditor({
  message,
  number,
  isFirst,
  isLast,
  onChange,
  onMove,
  onRemove,
}: {
  message: Message;
  number: number;
  isFirst: boolean;
  isLast: boolean;
  onChange: (part: Partial<Omit<Message, "key">>) => void;
  onMove: (by: -1 | 1) => void;
  onRemove: () => void;
}) {
  const { role, content, toolCalls, toolCallId } = message;
  return (
    <li className="group/message flex flex-col border-b border-border px-3 py-2">
      <div className="flex items-center gap-1">
        <Select
          label={`Role of message ${number}`}
          value={role}
          options={OPTIONS}
          onChange={(next) => onChange({ role: next })}
          className="h-6 border-transparent bg-transparent px-1 text-sm text-muted-foreground"
        />
        {role === "tool" && (
          <Input
            aria-label={`Call that message ${number} answers`}
            placeholder="tool_call_id"
            value={toolCallId ?? ""}
            spellCheck={false}
            className="h-6 w-44 font-mono text-sm"
            onChange={(event) => onChange({ toolCallId: event.target.value })}
          />
        )}
        <span className="ml-auto flex opacity-60 group-focus-within/message:opacity-100 group-hover/message:opacity-100">
          <Button
            variant="ghost"
            size="icon-sm"
            aria-label={`Move message ${number} up`}
            disabled={isFirst}
            onClick={() => onMove(-1)}
          >
            <ArrowUp />
          </Button>
          <Button
            variant="ghost"
            size="icon-sm"
            aria-label={`Move message ${number} down`}
            disabled={isLast}
            onClick={() => onMove(1)}
          >
            <ArrowDown />
          </Button>
          <Button
            variant="ghost"
            size="icon-sm"
            aria-label={`Remove message ${number}`}
            onClick={onRemove}
          >
            <X />
          </Button>
        </span>
      </div>
      <textarea
        aria-label={`Text of message ${number}, ${role}`}
        value={content}
        placeholder={PLACEHOLDERS[role]}
        rows={role === "system" ? 1 : 2}
        className="field-sizing-content max-h-96 w-full resize-none rounded-sm bg-transparent px-1 py-0.5 placeholder:text-muted-foreground"
        onChange={(event) => onChange({ content: event.target.value })}
      />
      {toolCalls && (
        <ul aria-label="Tools that it calls" className="m-0 list-none p-0 px-1">
          {toolCalls.map((call) => (
            <li key={call.id} className="truncate font-mono text-sm text-muted-foreground">
              {call.name}({call.arguments})
            </li>
          ))}
        </ul>
      )}
    </li>
  );
}
