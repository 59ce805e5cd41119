/** On every page: the clocks, polling fragments, and the page's own manners. */

import "./parts/age";
import "./parts/clock";
import "./parts/due";
import "./parts/poll";
import { forgetCopies } from "./parts/copies";
import { watchFreshness } from "./parts/freshness";
import { watchLock } from "./parts/lock";
import { furnishPage } from "./parts/page";
import { measureFromPage } from "./parts/time";

measureFromPage(document.querySelector<HTMLMetaElement>("meta[name=server-now]")?.content);
furnishPage();
watchFreshness();
watchLock();
void forgetCopies(document.body.dataset["user"] ?? "");
