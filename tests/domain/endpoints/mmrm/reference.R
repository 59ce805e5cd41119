# Fits the made-up trials' model with an R package: Rscript --vanilla reference.R data.csv nlme|mmrm|lme4 structure
# Prints one line for each of: seconds, minus2logLik, and every coefficient with its standard error.
options(warn = 1, digits = 17)
words <- commandArgs(trailingOnly = TRUE)
package <- words[2]
structure <- words[3]
if (!suppressWarnings(suppressPackageStartupMessages(require(package, character.only = TRUE, quietly = TRUE)))) {
  cat("absent\n")
  quit(status = 0)
}
rows <- read.csv(words[1], na.strings = "", stringsAsFactors = FALSE)  # "NA" is North America
levels_of <- function(column) factor(column, levels = unique(column))
rows$VISIT <- factor(rows$VISIT, levels = unique(rows$VISIT[order(rows$PLACE)]))
rows$ARM <- factor(rows$ARM, levels = c("PBO", "ESK"))
rows$REGION <- factor(rows$REGION)
rows$SUBJECT <- levels_of(rows$SUBJECT)
model <- OUTCOME ~ BASE * VISIT + REGION + ARM * VISIT
strict <- function() {
  nlme::glsControl(maxIter = 500, msMaxIter = 2000, tolerance = 1e-12, msTol = 1e-14, opt = "nlminb",
                   msVerbose = FALSE, singular.ok = TRUE)
}
fit <- switch(
  package,
  nlme = function() {
    correlation <- switch(
      sub("h$", "", structure),
      us = nlme::corSymm(form = ~ PLACE | SUBJECT),
      cs = nlme::corCompSymm(form = ~ PLACE | SUBJECT),
      ar1 = nlme::corAR1(form = ~ PLACE | SUBJECT)
    )
    several <- structure == "us" || grepl("h$", structure)
    weights <- if (several) nlme::varIdent(form = ~ 1 | VISIT) else NULL
    nlme::gls(model, rows, correlation = correlation, weights = weights, method = "REML", control = strict())
  },
  mmrm = function() {
    formula <- as.formula(paste("OUTCOME ~ BASE * VISIT + REGION + ARM * VISIT +", structure, "(VISIT | SUBJECT)"))
    mmrm::mmrm(formula, rows, method = "Satterthwaite")
  },
  lme4 = function() {
    # A random effect for each visit; the residual is fixed apart, so that only us and only about the same model.
    lme4::lmer(OUTCOME ~ BASE * VISIT + REGION + ARM * VISIT + (0 + VISIT | SUBJECT), rows, REML = TRUE,
               control = lme4::lmerControl(check.nobs.vs.nRE = "ignore", check.conv.singular = "ignore"))
  }
)
seconds <- system.time(found <- fit())[["elapsed"]]
cat("seconds", seconds, "\n")
cat("minus2logLik", format(-2 * as.numeric(logLik(found)), digits = 17), "\n")
beta <- if (package == "lme4") lme4::fixef(found) else coef(found)
errors <- sqrt(diag(as.matrix(vcov(found))))
for (name in names(beta)) {
  cat("coefficient", name, format(beta[[name]], digits = 17), format(errors[[name]], digits = 17), "\n", sep = "\t")
}
