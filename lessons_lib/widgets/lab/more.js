// The button that shows the controls which wait, as a widget.
import { more_button } from "../shared/more_button.js";

export default { render: more_button };
