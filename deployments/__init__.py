"""Where the stages run. Only this package chooses concrete engines and stores."""
