/** Keeps the screen on while somebody watches (body or any element marked data-keep-awake), after a first touch. */
export function keepAwake(): void {
  if (!document.querySelector("[data-keep-awake]") || !("wakeLock" in navigator)) return;
  let held: WakeLockSentinel | null = null;
  const hold = async (): Promise<void> => {
    if (document.visibilityState !== "visible" || (held && !held.released)) return;
    held = await navigator.wakeLock.request("screen").catch(() => null); // Low battery may refuse; nothing depends on it.
  };
  document.addEventListener("pointerdown", () => void hold());
  document.addEventListener("visibilitychange", () => void hold());
}
