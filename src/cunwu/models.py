"""The tables of the one Django app, each written in the room that owns it."""

from cunwu.assets.models import *  # noqa: F403
from cunwu.books.models import *  # noqa: F403
from cunwu.disclosure.models import *  # noqa: F403
from cunwu.documents.models import *  # noqa: F403
from cunwu.duties.models import *  # noqa: F403
from cunwu.org.models import *  # noqa: F403
from cunwu.oversight.models import *  # noqa: F403
from cunwu.procedures.models import *  # noqa: F403
from cunwu.programmes.models import *  # noqa: F403
