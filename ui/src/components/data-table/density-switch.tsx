import { Rows2, Rows3, Rows4 } from "lucide-react";
import { Segmented } from "@/components/ui/segmented";
import type { Density } from "./types";

const OPTIONS = [
  { value: "s", label: <Rows4 />, title: "Low rows" },
  { value: "m", label: <Rows3 />, title: "Rows of two lines" },
  { value: "l", label: <Rows2 />, title: "Rows of four lines" },
] as const;

export function DensitySwitch({
  value,
  onChange,
}: {
  value: Density;
  onChange: (density: Density) => void;
}) {
  return <Segmented label="Height of rows" value={value} options={OPTIONS} onChange={onChange} />;
}
