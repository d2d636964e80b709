"""The total loss (Shu et al. 2021, Eq. 6)."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from ccreid.errors import BadValueError
from ccreid.losses.consistency import FeatureConsistency, SigmoidConsistency
from ccreid.losses.identity import IdentityLoss
from ccreid.losses.precision import at_least_float32
from ccreid.losses.supervised_contrastive import SupervisedContrastive
from ccreid.losses.triplet import BatchHardTriplet


class Losses(NamedTuple):
    """The total loss and its terms, scalars in float32.

    Attributes:
        total: The sum of the terms, what is minimised.
        identity: Eq. (4).
        triplet: Eq. (5).
        consistency: Eq. (3) or its variant, before its weight; None where the recipe has none.
        auxiliary: The model's own losses, by name.
        contrastive: The supervised contrastive loss, before its weight; None where the recipe has none.
    """

    total: Tensor
    identity: Tensor
    triplet: Tensor
    consistency: Tensor | None
    auxiliary: Mapping[str, Tensor] = {}
    contrastive: Tensor | None = None

    def by_name(self) -> dict[str, Tensor]:
        """Return the total and all its terms, the model's own among them."""
        named = {"total": self.total, "identity": self.identity, "triplet": self.triplet}
        if self.consistency is not None:
            named["consistency"] = self.consistency
        if self.contrastive is not None:
            named["contrastive"] = self.contrastive
        return named | dict(self.auxiliary)


class GlobalBatch(NamedTuple):
    """What the losses that compare images choose from where several processes share a batch.

    Attributes:
        embeddings: One (N, D) for each of the model's embeddings: those of all processes, with gradients.
        labels: int64 (N,).
        first: Row from which on this process's own stand there.
    """

    embeddings: Sequence[Tensor]
    labels: Tensor
    first: int = 0


class TotalLoss(nn.Module):
    """Sum of identity, triplet and, if there is one, weighted consistency loss, Eq. (6), and of the model's own losses.

    A model with several heads gives several logits and embeddings; each term is the mean over the heads it applies to,
    or their sum.

    With a consistency loss the batch is [originals; generated copies]: row i of the first half and row i of the second
    belong together, unless it is said which originals have a copy. Without one any batch will do, pixel sampling or
    not.

    Args:
        identity: On the logits.
        triplet: On the embeddings.
        consistency: On the embeddings of originals against those of generated copies.
        consistency_weight: Of the consistency loss; 1 in Eq. (6). Eq. (3) alone is least where all features are zero,
            so where it outweighs the other terms from the start, all features collapse.
        normalise: Compare L2-normalised embeddings in the triplet and the consistency loss, so that their distances lie
            in 0..2 whatever length the backbone's features have. The paper compares features as they are.
        sum_heads: Add up the heads' losses, as PCB (Sun et al. 2018) and HPM (Fu et al. 2019) do, instead of taking
            their mean: each head then learns at the full learning rate.
        contrastive: On the embeddings, beside the triplet loss.
        contrastive_weight: Of the supervised contrastive loss.
    """

    def __init__(
        self,
        identity: IdentityLoss,
        triplet: BatchHardTriplet,
        consistency: FeatureConsistency | SigmoidConsistency | None = None,
        consistency_weight: float = 1.0,
        *,
        normalise: bool = False,
        sum_heads: bool = False,
        contrastive: SupervisedContrastive | None = None,
        contrastive_weight: float = 1.0,
    ) -> None:
        super().__init__()
        self.identity = identity
        self.triplet = triplet
        self.consistency = consistency
        self.consistency_weight = consistency_weight
        self.normalise = normalise
        self.sum_heads = sum_heads
        self.contrastive = contrastive
        self.contrastive_weight = contrastive_weight

    def forward(
        self,
        logits: Sequence[Tensor],
        embeddings: Sequence[Tensor],
        labels: Tensor,
        everyone: GlobalBatch | None = None,
        auxiliary: Mapping[str, Tensor] | None = None,
        copied: Tensor | None = None,
    ) -> Losses:
        """Return the losses of a batch.

        Args:
            logits: One (B, identities) a classifier.
            embeddings: One (B, D) a feature that the metric losses apply to.
            labels: int64 (B,), 0..identities - 1.
            everyone: The batches of all processes, for the losses that compare images; this one alone where it is left
                out.
            auxiliary: The model's own losses, with their weights in them, which are added as they are.
            copied: int64 (C,), the rows of the originals of the last C rows; all of the first half where it is left
                out.

        Raises:
            ValueError: There are no logits or no embeddings, or there is a consistency loss and B is odd.
        """
        if not logits or not embeddings:
            raise BadValueError(
                f"the model gave {len(logits)} logits and {len(embeddings)} embeddings, expected one or more of each: "
                "train a model with a classifier, in training mode"
            )
        identity = self._over_heads([self.identity(head, labels) for head in logits])
        if self.normalise:
            embeddings = _normalised(embeddings)
            everyone = None if everyone is None else _normalised_batch(everyone)
        others = GlobalBatch(embeddings, labels) if everyone is None else everyone
        triplet = self._over_heads(
            [
                self.triplet(head, labels, other, others.labels)
                for head, other in zip(embeddings, others.embeddings, strict=True)
            ]
        )
        own = dict(auxiliary or {})
        total, consistency, contrastive = identity + triplet, None, None
        if self.consistency is not None:
            originals = _originals(labels) if copied is None else copied
            generated = len(labels) - len(originals)
            consistency = self._over_heads([self.consistency(head[originals], head[generated:]) for head in embeddings])
            total = self.consistency_weight * consistency + identity + triplet
        if self.contrastive is not None:
            contrastive = self._over_heads(
                [
                    self.contrastive(head, labels, other, others.labels, others.first)
                    for head, other in zip(embeddings, others.embeddings, strict=True)
                ]
            )
            total = total + self.contrastive_weight * contrastive
        return Losses(sum(own.values(), total), identity, triplet, consistency, own, contrastive)

    def _over_heads(self, losses: Sequence[Tensor]) -> Tensor:
        stacked = torch.stack(list(losses))
        return stacked.sum() if self.sum_heads else stacked.mean()


def _originals(labels: Tensor) -> Tensor:
    """Return the rows of the first half, each of which has a copy in the second."""
    if len(labels) % 2:
        raise BadValueError(
            f"the batch has {len(labels)} images, expected as many generated copies as originals: "
            "concatenate the batch and its repainted copy, or train without a consistency loss"
        )
    return torch.arange(len(labels) // 2, device=labels.device)


def _normalised_batch(batch: GlobalBatch) -> GlobalBatch:
    return GlobalBatch(_normalised(batch.embeddings), batch.labels, batch.first)


def _normalised(embeddings: Sequence[Tensor]) -> Sequence[Tensor]:
    return [functional.normalize(at_least_float32(head)) for head in embeddings]
