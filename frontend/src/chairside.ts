/** The board of chairs and the two hours: observations that survive a lost connection, long scales, a page that stays awake. */

import "./outbox/show";
import "./parts/stepper";
import { watchForms } from "./outbox/form";
import { startDraining } from "./outbox/send";
import { watchSlots } from "./outbox/slots";
import { keepAwake } from "./parts/awake";

watchForms(document);
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.target instanceof HTMLElement) watchForms(event.target);
});
startDraining();
watchSlots();
keepAwake();
