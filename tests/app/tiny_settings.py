"""Settings of `ccreid train` with which a made data set trains in seconds."""

TINY = (
    "--data.height=32",
    "--data.width=16",
    "--data.identities=3",
    "--data.instances=2",
    "--data.workers=0",
    "--model.backbone=resnet18",
    "--model.weights=none",
    "--augment.crop_padding=2",
    "--schedule.epochs=1",
    "--trainer.accelerator=cpu",
)
