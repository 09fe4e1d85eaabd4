import { Plus } from "lucide-react";
import { Button } from "@/components/ui/button";
import { appended, changed, type Message, moved, without } from "../lib/conversation";
import { MessageEditor } from "./message-editor";

/** What is sent to the model, message by message. */
export function MessagesEditor({
  messages,
  onChange,
}: {
  messages: readonly Message[];
  onChange: (messages: Message[]) => void;
}) {
  return (
    <section aria-label="Messages">
      <ol className="m-0 list-none p-0">
        {messages.map((message, i) => (
          <MessageEditor
            key={message.key}
            message={message}
            number={i + 1}
            isFirst={i === 0}
            isLast={i === messages.length - 1}
            onChange={(part) => onChange(changed(messages, message.key, part))}
            onMove={(by) => onChange(moved(messages, message.key, by))}
            onRemove={() => onChange(without(messages, message.key))}
          />
        ))}
      </ol>
      <div className="px-3 py-1.5">
        <Button size="sm" variant="ghost" onClick={() => onChange(appended(messages))}>
          <Plus /> Add message
        </Button>
      </div>
    </section>
  );
}
