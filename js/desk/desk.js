// The facilitator's pages: forms that are ready again at once, a topic in a panel, the people who can convene.
// Without this module everything still works, by plain links and forms.

import "../conductor/phase_buttons.js";
import "./conveners.js";
import "./panel.js";
import "./ready_again.js";
