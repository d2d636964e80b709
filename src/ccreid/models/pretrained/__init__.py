"""The models that ship with ccreid, one .safetensors file each, which `ReIDModel.from_pretrained` finds by its name."""
