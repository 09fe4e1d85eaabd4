import { Outlet } from "@tanstack/react-router";
import { Sidebar } from "./sidebar";

/** The frame of all pages: the sidebar on the left, the page beside it. */
export function Shell() {
  return (
    <div className="flex h-full">
      <Sidebar />
      <div className="flex min-w-0 flex-1 flex-col">
        <Outlet />
      </div>
    </div>
  );
}
