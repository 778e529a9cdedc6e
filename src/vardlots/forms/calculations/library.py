"""What is used of the FHIRPath library, with types: it has none."""

from collections.abc import Callable, Mapping
from typing import Any

from fhirpathpy.engine import do_eval as _do_eval
from fhirpathpy.engine.evaluators import evaluators as _evaluators
from fhirpathpy.engine.invocations import invocation_registry as _registry
from fhirpathpy.engine.invocations.navigation import children as _children
from fhirpathpy.engine.nodes import FP_DateTime, FP_Quantity, FP_Time, FP_TimeBase, ResourceNode, TypeInfo
from fhirpathpy.engine.util import get_data as _get_data

do_eval: Callable[[dict[str, Any], Any, dict[str, Any]], Any] = _do_eval
"""A node's values in a context, of data."""

plain: Callable[[Any], Any] = _get_data
"""The value within a node of a resource; floats as decimals."""

children: Callable[[dict[str, Any], list[Any]], list[Any]] = _children
evaluators: dict[str, Callable[[dict[str, Any], Any, dict[str, Any]], Any]] = _evaluators
registry: Mapping[str, Mapping[str, Any]] = _registry


def node(data: Any, path: str) -> Any:
    """A value that knows what it is in FHIR: `Coding`, `date`, `QuestionnaireResponse.item`."""
    return ResourceNode.create_node(data, path)


def use_model(model: Mapping[str, Any]) -> None:
    """Set the library's model. It does so itself at the first `is` it meets, and then answers otherwise."""
    TypeInfo.model = model


__all__ = [
    "FP_DateTime",
    "FP_Quantity",
    "FP_Time",
    "FP_TimeBase",
    "ResourceNode",
    "children",
    "do_eval",
    "evaluators",
    "node",
    "plain",
    "registry",
    "use_model",
]
