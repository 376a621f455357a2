select time_window, ended, succeeded
from marts.transition_success
