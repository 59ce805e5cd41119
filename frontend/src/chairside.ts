/** The board of chairs and the two hours: observations that survive a lost connection, long scales, a page that stays awake. */

import "./outbox/show";
import "./parts/stepper";
import { watchDrafts } from "./outbox/drafts";
import { watchForms } from "./outbox/form";
import { watchPads } from "./outbox/pad";
import { startDraining } from "./outbox/send";
import { watchSlots } from "./outbox/slots";
import { keepAwake } from "./parts/awake";
import { keepCopies } from "./parts/copies";
import { signsKeep } from "./parts/dom";

watchForms(document);
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.target instanceof HTMLElement) watchForms(event.target);
});
startDraining();
watchSlots();
watchDrafts();
watchPads();
keepAwake();
// Without a worker (plain http, an old browser) the open page still keeps what is entered; it only cannot be opened again.
void keepCopies().catch(() => undefined);
void signsKeep().catch(() => undefined);
