import { Check, Copy } from "lucide-react";
import { useEffect, useState } from "react";
import { copyText } from "@/lib/copy";
import { Button, type ButtonProps } from "./button";

/** Copies a text, or what a function returns when it is pressed. */
export function CopyButton({
  text,
  label = "Copy",
  showLabel = false,
  ...props
}: { text: string | (() => string | Promise<string>); label?: string; showLabel?: boolean } & Omit<
  ButtonProps,
  "onClick"
>) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 1500);
    return () => clearTimeout(timer);
  }, [copied]);
  return (
    <Button
      variant="ghost"
      size={showLabel ? "sm" : "icon-sm"}
      aria-label={copied ? "Copied" : label}
      title={label}
      onClick={async () =>
        setCopied(await copyText(typeof text === "function" ? await text() : text))
      }
      {...props}
    >
      {copied ? <Check className="text-success" /> : <Copy />}
      {showLabel && (copied ? "Copied" : label)}
    </Button>
  );
}
