/** The look the person chose on this device, set before the page is drawn. Without a choice the device decides. */
{
  const chosen = localStorage.getItem("vigil-theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset["bsTheme"] = chosen;
}
