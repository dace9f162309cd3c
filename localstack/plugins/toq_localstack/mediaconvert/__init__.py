"""AWS Elemental MediaConvert on one machine: the API's own rules, real transcodes by ffmpeg."""
