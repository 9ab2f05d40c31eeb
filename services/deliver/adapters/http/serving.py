"""What every handler is given: the parts of the running deliver, as a dependency."""

from typing import Annotated

from fastapi import Depends, Request

from services.deliver.adapters.served import Served


def served_of(request: Request) -> Served:
    """Return the parts of the deliver that answers this request."""
    served: Served = request.app.state.served
    return served


Serving = Annotated[Served, Depends(served_of)]
