import { memo } from "react";
import { bucketWords, formatValue } from "./scales";
import type { ChartData } from "./types";

/** The same values as a table, for those who do not see the chart. */
export const ChartTable = memo(function ChartTable({
  label,
  data,
}: {
  label: string;
  data: ChartData;
}) {
  return (
    <div className="sr-only">
      <table>
        <caption>{label}</caption>
        <thead>
          <tr>
            <th scope="col">Time</th>
            {data.series.map((s) => (
              <th key={s.name} scope="col">
                {s.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {data.times.map((time, index) => (
            <tr key={time}>
              <th scope="row">{bucketWords(time, data.step)}</th>
              {data.series.map((s) => (
                <td key={s.name}>{formatValue(s.values[index], data.unit)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
});
