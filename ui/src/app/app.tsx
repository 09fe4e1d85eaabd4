import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { useEffect } from "react";
import { whenSignedOut } from "@/api/client";
import { Toaster } from "@/components/ui/toaster";
import { TooltipProvider } from "@/components/ui/tooltip";
import { onKeyDown } from "@/lib/hotkeys";
import { watchSystemTheme } from "@/lib/theme";
import { queryClient } from "./query-client";
import { router } from "./router";

whenSignedOut(() => {
  const here = router.state.location;
  if (here.pathname !== "/sign-in") {
    void router.navigate({ to: "/sign-in", search: { to: here.href }, replace: true });
  }
});
watchSystemTheme();

export function App() {
  useEffect(() => {
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, []);
  return (
    <QueryClientProvider client={queryClient}>
      <TooltipProvider delayDuration={400}>
        <RouterProvider router={router} />
        <Toaster />
      </TooltipProvider>
    </QueryClientProvider>
  );
}
