import { Eye, EyeOff } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import type { ControlProps } from "./form-row";

/** A secret: the kept one is shown masked and stays until it is replaced. */
export function SecretInput({
  label,
  value,
  kept,
  canUnset,
  placeholder,
  onChange,
  ...props
}: ControlProps & {
  label: string;
  value: string;
  kept: string | undefined;
  canUnset: boolean;
  placeholder: string;
  onChange: (value: string) => void;
}) {
  const [isShown, setShown] = useState(false);
  if (kept && value === kept)
    return (
      <div className="flex gap-1.5">
        <Input {...props} readOnly value={kept} className="bg-muted font-mono" />
        <Button aria-label={`Replace ${label}`} onClick={() => onChange("")}>
          Replace
        </Button>
      </div>
    );
  return (
    <div className="flex gap-1.5">
      <Input
        {...props}
        type={isShown ? "text" : "password"}
        value={value}
        // Only after Replace: then it is where the hand goes next.
        autoFocus={Boolean(kept)}
        placeholder={kept && canUnset ? "Empty: the secret is removed" : placeholder}
        autoComplete="new-password"
        spellCheck={false}
        className="font-mono"
        onChange={(event) => onChange(event.target.value)}
      />
      <Button
        size="icon"
        aria-label={`${isShown ? "Hide" : "Show"} ${label}`}
        aria-pressed={isShown}
        onClick={() => setShown(!isShown)}
      >
        {isShown ? <EyeOff /> : <Eye />}
      </Button>
      {kept && (
        <Button aria-label={`Keep the old ${label}`} onClick={() => onChange(kept)}>
          Keep old
        </Button>
      )}
    </div>
  );
}
